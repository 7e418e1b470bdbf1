/**
 * Which builds the engine may run: those of Dockerfiles that `build/` generates, as they are generated. A Dockerfile is
 * taken apart into what varies, generated again from that, and must come out the same to the letter.
 */
import type { Readable } from 'node:stream';
import { type BaseImage, type BaseImages, baseImageBuild } from '../build/base-image.ts';
import { type GeneratedImage, readOurDockerfile } from '../build/dockerfile.ts';
import { sha256 } from '../bundle/content-hash.ts';
import { isAgentId } from '../domain/agent.ts';
import { HairemError } from '../domain/errors.ts';
import { bundleTag, compilersTag, depsTag, isIndexesAgent, LABEL } from '../domain/labels.ts';
import { readContext } from './build-context.ts';
import type { Owners } from './owners.ts';
import type { Labels, Scope } from './scope.ts';

export interface BuildRequest {
  query: URLSearchParams;
  body: Readable;
}

export interface BuildRules {
  bases: BaseImages;
  owners: Owners;
  scope: Scope;
}

/** @returns the context to send. @throws unauthorized, with why; not_found for an image that is not ours */
export async function checkBuild({ query, body }: BuildRequest, rules: BuildRules): Promise<Readable> {
  const context = await readContext(body);
  const base = Object.values(rules.bases).find(({ dockerfile }) => dockerfile === context.dockerfile);
  if (base) return baseContext({ base, query, body });
  must(!query.has('target') && !query.has('labels'), 'target and labels are for base images');
  const found = readOurDockerfile(context.dockerfile);
  const [first, second] = found?.stages ?? [];
  if (!found || !first) throw refused('the Dockerfile is not one of ours');
  if (found.kind === 'dependencies' && second) await checkDependencies(first, second, query, rules);
  else {
    must(
      LIMITS.every((name) => !query.has(name)),
      'limits and networks are for dependencies',
    );
    if (found.kind === 'compilers') await checkCompilers(first, query, rules, context.dockerfile);
    else await checkBundle(first, query, rules, found.kind === 'indexes');
  }
  return context.rest();
}

/** Files of a base image run while it is built, so these are the gate's own and not those that were sent. */
function baseContext({ base, query, body }: BuildRequest & { base: BaseImage }): Readable {
  const wanted = baseImageBuild(base);
  must(query.get('t') === base.tag, 't: it is not the tag of this base image');
  must(query.get('target') === base.runtime, 'target: it is not the runtime of this base image');
  must(query.get('labels') === JSON.stringify(wanted.labels), 'labels: they are not those of a base image');
  body.resume();
  return wanted.context;
}

async function checkBundle(
  { from, labels }: GeneratedImage,
  query: URLSearchParams,
  { owners, scope }: BuildRules,
  isIndexes: boolean,
) {
  const agent = labels[LABEL.agent] ?? '';
  mustBeExactly(labels, { [LABEL.orchestrator]: scope.installId, [LABEL.kind]: 'bundle', [LABEL.agent]: agent });
  must(isAgentId(agent), 'its labels name no agent');
  must(isIndexesAgent(agent) === isIndexes, 'its labels name an agent of another kind');
  must(
    isTag(query, (hash) => bundleTag(agent, hash)),
    't: it is not a tag of this agent',
  );
  const below = await owners.image(from);
  must(['base', 'deps'].includes(below.labels[LABEL.kind] ?? ''), 'FROM: it is neither a base nor dependencies');
}

const LIMITS = ['memory', 'memswap', 'cpuperiod', 'cpuquota', 'ulimits'];

/** Packages are foreign: none is installed without limits, or on a network that is not that of a proxy to indexes. */
async function checkDependencies(
  install: GeneratedImage,
  { from, labels }: GeneratedImage,
  query: URLSearchParams,
  { owners, scope }: BuildRules,
) {
  mustBeExactly(labels, { [LABEL.kind]: 'deps' });
  must(query.get('t') === depsTag(labels[LABEL.depsHash] ?? ''), 't: it is not the tag of these dependencies');
  must((await owners.image(from)).labels[LABEL.kind] === 'base', 'FROM: it is not a base image');
  must((await owners.image(install.from)).labels[LABEL.kind] === 'base', 'FROM: it is not a base image');
  const { [LABEL.build]: run = '', ...rest } = install.labels;
  must(/^[0-9a-f]{16}$/.test(run), 'the labels of its first stage name no build');
  const stage = { [LABEL.orchestrator]: scope.installId, [LABEL.kind]: 'install' };
  must(isSame(rest, stage), 'the labels of its first stage are not those of an install');
  must(
    LIMITS.every((name) => query.has(name)),
    'it has no limits',
  );
  must(query.get('memory') === query.get('memswap'), 'memswap is not memory: that is swap');
  const network = await owners.network(query.get('networkmode') ?? '');
  must(isIndexesAgent(network.labels[LABEL.agent] ?? ''), 'networkmode: it is not a network with indexes');
  must(!network.name.endsWith('.out'), 'networkmode: it reaches out');
}

/** Steps of ours alone, which vary in nothing but the base. */
async function checkCompilers(
  { from, labels }: GeneratedImage,
  query: URLSearchParams,
  { owners }: BuildRules,
  dockerfile: string,
) {
  must(isSame(labels, { [LABEL.kind]: 'base' }), 'its labels are not those of its kind');
  const tags = (['node', 'python'] as const).map((runtime) => compilersTag(runtime, sha256(dockerfile)));
  must(tags.includes(query.get('t') ?? ''), 't: it is not the tag of this image');
  must((await owners.image(from)).labels[LABEL.kind] === 'base', 'FROM: it is not a base image');
}

const isSame = (labels: Labels, wanted: Labels) =>
  Object.keys(labels).length === Object.keys(wanted).length &&
  Object.entries(wanted).every(([key, value]) => labels[key] === value);

/** These, and the hash of dependencies. */
function mustBeExactly(labels: Labels, wanted: Labels): void {
  const { [LABEL.depsHash]: hash = '', ...others } = labels;
  must(/^[0-9a-f]{1,64}$/.test(hash), 'its labels name no dependencies');
  must(isSame(others, wanted), 'its labels are not those of its kind');
}

function isTag(query: URLSearchParams, tagOf: (hash: string) => string): boolean {
  const tag = query.get('t') ?? '';
  const hash = tag.slice(tag.lastIndexOf(':') + 1);
  return /^[0-9a-f]{16}$/.test(hash) && tag === tagOf(hash);
}

function must(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw refused(otherwise);
}

const refused = (why: string) => new HairemError('unauthorized', why);
