/** From what was read to a Version: defaults, the soft part, and the hashes that choose the lane of an update. Pure. */
import type { AgentId } from '../domain/agent.ts';
import type { Grant } from '../domain/grants.ts';
import type { Runtime, SandboxSpec, Skill, SoftPart, UpdatePolicy, Version } from '../domain/version.ts';
import { type HashedFile, hashFiles, hashJson, sha256 } from './content-hash.ts';
import type { JsonObject } from './manifest/json-value.ts';
import type { Manifest, Persona } from './manifest/manifest-schema.ts';
import { secretsOf } from './manifest/read-manifest.ts';
import { skillsOfPersona, toSkill } from './manifest/read-persona.ts';

export interface VersionParts {
  agent: AgentId;
  /** The id as it was spelt; the name when nothing else gives one. */
  spelling: string;
  runtime: Runtime;
  /** Written for the in-process hAIrem. */
  inProcess: boolean;
  /** Hash of the base image of this runtime; empty when it is not known. */
  baseHash: string;
  manifest: Manifest;
  extra: JsonObject;
  persona: Persona | null;
  personaValue: JsonObject | null;
  code: readonly HashedFile[];
  dependencies: readonly HashedFile[];
  /** What the dependencies may be built with and come from. */
  build: Grant['build'];
}

export function makeVersion(parts: VersionParts): Version {
  const { agent, runtime, manifest, inProcess } = parts;
  const soft = softPart(parts);
  const isOpened = inProcess && manifest.network.egress === undefined;
  const spec = sandboxSpec(manifest, isOpened ? 'internet' : 'none');
  const topics = manifest.topics.send_to === undefined ? null : [...new Set(manifest.topics.send_to)].sort();
  const update = updatePolicy(manifest);
  const { codeHash, depsHash, imageHash } = imageHashes(parts);
  const specHash = hashJson({ spec, topics });
  const softHash = hashJson(soft);
  const secrets = secretsOf(manifest.secrets);
  // Left out where there are none: versions of before secrets keep their hash.
  const hash = hashJson({ imageHash, specHash, softHash, update, secrets: secrets.length > 0 ? secrets : undefined });
  const hashes = { hash, codeHash, depsHash, imageHash, specHash, softHash };
  const because = isOpened ? { egressBecause: 'in-process' as const } : {};
  return { agent, runtime, ...hashes, spec, ...because, topics, update, secrets, soft };
}

function imageHashes({
  runtime,
  baseHash,
  code,
  dependencies,
  build,
}: Pick<VersionParts, 'runtime' | 'baseHash' | 'code' | 'dependencies' | 'build'>) {
  const codeHash = hashFiles(code);
  // With a grant the same files may give something else, and only to those that have it.
  const isGranted = dependencies.length > 0 && (build.compilers || build.sources.length > 0);
  const granted = isGranted ? { ...build, sources: build.sources.toSorted() } : undefined;
  const depsHash = hashJson({ runtime, baseHash, files: hashFiles(dependencies), granted });
  return { codeHash, depsHash, imageHash: sha256(`${codeHash} ${depsHash}`) };
}

/** @param reach where the manifest says nothing of the network */
function sandboxSpec({ resources, network, storage }: Manifest, reach: SandboxSpec['egress']): SandboxSpec {
  const { memory, cpus, pids } = resources;
  return { memory, cpus, pids, egress: network.egress ?? reach, storage };
}

function updatePolicy({ update }: Manifest): UpdatePolicy {
  const { strategy, ready_seconds, min_healthy_seconds, drain_seconds, monitor_seconds } = update;
  return { strategy, ready_seconds, min_healthy_seconds, drain_seconds, monitor_seconds };
}

/** The manifest's word stands before the persona's, which never overrides it. */
function softPart({ manifest, persona, personaValue, spelling, extra }: VersionParts): SoftPart {
  return {
    name: manifest.name ?? persona?.name ?? spelling,
    type: manifest.type ?? null,
    role: manifest.role ?? persona?.role ?? null,
    version: manifest.version ?? null,
    description: manifest.description ?? persona?.description ?? null,
    color: manifest.color ?? null,
    personified: manifest.personified ?? persona?.personified ?? true,
    capabilities: manifest.capabilities,
    dependencies: manifest.dependencies,
    skills: mergeSkills(manifest.skills.map(toSkill), skillsOfPersona(persona)),
    llm_config: manifest.llm_config,
    config: manifest.config,
    persona: personaValue,
    extra: { ...extra, ...knownExtra(manifest) },
  };
}

/** Keys that hAIrem knows and has no use for itself: the agent and the clients may. */
function knownExtra({ uuid, options_schema }: Manifest): JsonObject {
  return { ...(uuid === undefined ? {} : { uuid }), ...(options_schema === undefined ? {} : { options_schema }) };
}

function mergeSkills(first: readonly Skill[], second: readonly Skill[]): Skill[] {
  const names = new Set(first.map(({ name }) => name));
  return [...first, ...second.filter(({ name }) => !names.has(name))];
}
