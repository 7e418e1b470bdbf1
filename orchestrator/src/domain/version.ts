/**
 * One version of a bundle: all that is needed to build and to run it, whatever the folder holds by then.
 * The hashes choose the lane of an update: another image or spec is a swap, another soft part alone is a
 * live update.
 */
import type { AgentId } from './agent.ts';

export type Runtime = 'node' | 'python';

export interface Version {
  agent: AgentId;
  /** Content hash of everything below: the identity of the version. */
  hash: string;
  runtime: Runtime;
  /** Files that are copied into the image: all but manifest, persona, media and dependency files. */
  codeHash: string;
  /** Dependency files and the base image; the key of the shared dependency image. */
  depsHash: string;
  /** codeHash and depsHash: the key of the image. */
  imageHash: string;
  specHash: string;
  softHash: string;
  spec: SandboxSpec;
  /** There when the manifest did not ask for the reach in `spec`: a bundle of the in-process kind has it by default. */
  egressBecause?: 'in-process';
  /** Peers that this agent may write to, `null` for all; `user` always. Part of specHash. */
  topics: readonly AgentId[] | null;
  update: UpdatePolicy;
  /** What the manifest says of secrets; never a value. Absent in what an earlier release stored. */
  secrets?: readonly SecretReference[];
  soft: SoftPart;
}

/** One declared secret. Where a literal stands is known, its value is the folder's (`DesiredAgent.literals`). */
export interface SecretReference {
  name: string;
  from:
    | { kind: 'name' }
    | { kind: 'variable'; variable: string }
    | { kind: 'file'; file: string }
    | { kind: 'literal' };
}

/** What the sandbox is made of (SECURITY.md). Memory in bytes, cpus in cores. */
export interface SandboxSpec {
  memory: number;
  cpus: number;
  pids: number;
  egress: 'none' | 'internet';
  storage: boolean;
  /** Of the home (`TZ`); absent for UTC. */
  timezone?: string;
  /** What those with egress need of the network they are in: proxies, certificates of one's own works. */
  variables?: Readonly<Record<string, string>>;
}

/** Times in seconds (BUNDLE.md, `update`). */
export interface UpdatePolicy {
  strategy: 'start-first' | 'stop-first';
  ready_seconds: number;
  min_healthy_seconds: number;
  drain_seconds: number;
  monitor_seconds: number;
}

/** What an instance is told over the bus and may change without a restart. JSON values only. */
export interface SoftPart {
  name: string;
  type: string | null;
  role: string | null;
  version: string | null;
  description: string | null;
  color: string | null;
  personified: boolean;
  capabilities: readonly string[];
  dependencies: readonly string[];
  skills: readonly Skill[];
  llm_config: Readonly<Record<string, unknown>>;
  config: Readonly<Record<string, unknown>>;
  persona: Readonly<Record<string, unknown>> | null;
  /** Keys of the manifest that we do not know, kept as they are. */
  extra: Readonly<Record<string, unknown>>;
}

export interface Skill {
  name: string;
  description: string;
  parameters?: Readonly<Record<string, unknown>>;
}
