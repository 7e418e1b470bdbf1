/**
 * Which builds the engine may run: those of Dockerfiles that `images/` generates, to the letter (`readOurDockerfile`). The
 * ids after FROM, the labels, the tag, the network and the limits are what each kind of image has.
 */
import type { Readable } from 'node:stream';
import { isAgentId } from '../domain/agent.ts';
import { HairemError } from '../domain/errors/errors.ts';
import { bundleTag, depsTag, isIndexesAgent, LABEL } from '../domain/labels.ts';
import { proxyArguments } from '../domain/network/proxies.ts';
import { type BaseImage, type BaseImages, type BaseSurroundings, baseImageBuild } from '../images/base-image.ts';
import { compilersTagOn, type GeneratedImage, type OurDockerfile, readOurDockerfile } from '../images/dockerfile.ts';
import { type BuildContext, readContext } from './build-context.ts';
import { checkBuildLimits } from './build-limits.ts';
import type { Owners } from './owners.ts';
import type { Labels, Scope } from './scope.ts';

export interface BuildRequest {
  query: URLSearchParams;
  body: Readable;
}

/** How our own steps reach packages. */
export type Ways = Omit<BaseSurroundings, 'installId'>;

export interface BuildRules {
  bases: BaseImages;
  ways: Ways;
  owners: Owners;
  scope: Scope;
}

interface Ours {
  dockerfile: string;
  stages: readonly GeneratedImage[];
  query: URLSearchParams;
}

type Check = (ours: Ours, rules: BuildRules) => Promise<void>;

/** @returns the context to send. @throws unauthorized, with why; not_found for an image that is not ours */
export async function checkBuild({ query, body }: BuildRequest, rules: BuildRules): Promise<Readable> {
  const context = await readContext(body);
  const { dockerfile } = context;
  const base = Object.values(rules.bases).find((one) => one.dockerfile === dockerfile);
  if (base) return baseContext({ base, query, context }, rules);
  must(!query.has('target') && !query.has('labels'), 'target and labels are for base images');
  const read = readOurDockerfile(dockerfile);
  if (!read) throw refused('the Dockerfile is not one of ours');
  await CHECKS[read.kind]({ dockerfile, stages: read.stages, query }, rules);
  return context.rest();
}

/** Files of a base image run while it is built, so these are the gate's own and not those that were sent. */
function baseContext(
  { base, query, context }: { base: BaseImage; query: URLSearchParams; context: BuildContext },
  { ways, scope }: BuildRules,
): Readable {
  const wanted = baseImageBuild(base, { ...ways, installId: scope.installId });
  mustBeOnDefaultNetwork(query);
  must(query.get('t') === base.tag, 't: it is not the tag of this base image');
  must(query.get('target') === base.runtime, 'target: it is not the runtime of this base image');
  must(query.get('labels') === JSON.stringify(wanted.labels), 'labels: they are not those of a base image');
  query.set('buildargs', JSON.stringify(wanted.args));
  context.drop();
  return wanted.context;
}

const CHECKS: Readonly<Record<OurDockerfile['kind'], Check>> = {
  bundle: (ours, rules) => checkBundle(ours, rules, ['base', 'deps']),
  /** An image of a bundle, of an agent that no bundle may be. */
  async indexes(ours, rules) {
    must(isIndexesAgent(agentOf(ours)), 'its labels name no proxy of a build');
    await checkBundle(ours, rules, ['base']);
  },
  async compilers({ stages: [image], query }, rules) {
    mustBeOnDefaultNetwork(query);
    mustBeExactly(image?.labels, { [LABEL.kind]: 'base', [LABEL.maker]: rules.scope.installId });
    const tags = (['node', 'python'] as const).map((runtime) => compilersTagOn(runtime, image?.from ?? ''));
    must(tags.includes(query.get('t') ?? ''), 't: it is not the tag of these compilers');
    await mustStandOn(image, ['base'], rules);
    query.set('buildargs', JSON.stringify(proxyArguments(rules.ways.proxies)));
  },
  async dependencies({ stages: [install, image], query }, rules) {
    const { [LABEL.build]: run = '', ...labels } = install?.labels ?? {};
    must(!query.has('buildargs'), NO_ARGUMENTS);
    must(/^[0-9a-f]{1,64}$/.test(run), 'the labels of its first stage name no build');
    mustBeExactly(labels, { [LABEL.orchestrator]: rules.scope.installId, [LABEL.kind]: 'install' });
    const { [LABEL.depsHash]: hash = '', ...own } = image?.labels ?? {};
    mustBeExactly(own, { [LABEL.kind]: 'deps', [LABEL.maker]: rules.scope.installId });
    must(query.get('t') === depsTag(hash), 't: it is not the tag of these dependencies');
    await mustStandOn(install, ['base'], rules);
    await mustStandOn(image, ['base'], rules);
    checkBuildLimits(query);
    const network = await rules.owners.network(query.get('networkmode') ?? 'default');
    must(isIndexesAgent(network.labels[LABEL.agent] ?? ''), 'networkmode: it is not the network of a build');
    must(!network.name.endsWith('.out'), 'networkmode: it reaches out');
  },
};

const NO_ARGUMENTS = 'buildargs are for base images and compilers';

const agentOf = ({ stages }: Ours): string => stages[0]?.labels[LABEL.agent] ?? '';

async function checkBundle(ours: Ours, rules: BuildRules, below: readonly string[]): Promise<void> {
  const agent = agentOf(ours);
  const { [LABEL.depsHash]: hash = '', ...labels } = ours.stages[0]?.labels ?? {};
  mustBeOnDefaultNetwork(ours.query);
  must(!ours.query.has('buildargs'), NO_ARGUMENTS);
  must(/^[0-9a-f]{1,64}$/.test(hash), 'its labels name no dependencies');
  const wanted = { [LABEL.orchestrator]: rules.scope.installId, [LABEL.kind]: 'bundle', [LABEL.agent]: agent };
  mustBeExactly(labels, wanted);
  must(isAgentId(agent), 'its labels name no agent');
  must(isTagOf(ours.query, agent), 't: it is not a tag of this agent');
  await mustStandOn(ours.stages[0], below, rules);
}

async function mustStandOn(stage: GeneratedImage | undefined, kinds: readonly string[], { owners }: BuildRules) {
  const image = await owners.image(stage?.from ?? '');
  must(kinds.includes(image.labels[LABEL.kind] ?? ''), `FROM: it is not an image of ${kinds.join(' or ')}`);
}

/** Steps of ours alone run there, which need it: the packages of a base image come from the indexes. */
const mustBeOnDefaultNetwork = (query: URLSearchParams) =>
  must((query.get('networkmode') ?? 'default') === 'default', 'networkmode: it is that of a dependency build');

function mustBeExactly(labels: Labels | undefined, wanted: Labels): void {
  const same = Object.entries(wanted).every(([key, value]) => labels?.[key] === value);
  must(same && Object.keys(labels ?? {}).length === Object.keys(wanted).length, 'its labels are not those of its kind');
}

function isTagOf(query: URLSearchParams, agent: string): boolean {
  const tag = query.get('t') ?? '';
  const hash = tag.slice(tag.lastIndexOf(':') + 1);
  return /^[0-9a-f]{16}$/.test(hash) && tag === bundleTag(agent, hash);
}

function must(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw refused(otherwise);
}

const refused = (why: string) => new HairemError('unauthorized', why);
