/**
 * Which builds the engine may run: those of Dockerfiles that `build/` generates, as they are generated. A Dockerfile is
 * taken apart into what varies, generated again from that, and must come out the same to the letter.
 */
import type { Readable } from 'node:stream';
import { type BaseImage, type BaseImages, baseImageBuild } from '../build/base-image.ts';
import { bundleDockerfile, dependencyDockerfile, type GeneratedImage } from '../build/dockerfile.ts';
import { isAgentId } from '../domain/agent.ts';
import { HairemError } from '../domain/errors.ts';
import { bundleTag, depsTag, LABEL } from '../domain/labels.ts';
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

const DEPENDENCIES = (['node', 'python'] as const).flatMap((runtime) =>
  [true, false].map((hasLock) => (image: GeneratedImage) => dependencyDockerfile({ ...image, runtime, hasLock })),
);

/** @returns the context to send. @throws unauthorized, with why; not_found for an image that is not ours */
export async function checkBuild({ query, body }: BuildRequest, rules: BuildRules): Promise<Readable> {
  const context = await readContext(body);
  const base = Object.values(rules.bases).find(({ dockerfile }) => dockerfile === context.dockerfile);
  if (base) return baseContext({ base, query, body });
  must(!query.has('target') && !query.has('labels'), 'target and labels are for base images');
  const image = takeApart(context.dockerfile);
  if (bundleDockerfile(image) === context.dockerfile) await checkBundle(image, query, rules);
  else if (DEPENDENCIES.some((generate) => generate(image) === context.dockerfile))
    await checkDependencies(image, query, rules);
  else throw refused('the Dockerfile is not one of ours');
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

async function checkBundle({ from, labels }: GeneratedImage, query: URLSearchParams, { owners, scope }: BuildRules) {
  const agent = labels[LABEL.agent] ?? '';
  mustBeExactly(labels, { [LABEL.orchestrator]: scope.installId, [LABEL.kind]: 'bundle', [LABEL.agent]: agent });
  must(isAgentId(agent), 'its labels name no agent');
  must(
    isTag(query, (hash) => bundleTag(agent, hash)),
    't: it is not a tag of this agent',
  );
  const below = await owners.image(from);
  must(['base', 'deps'].includes(below.labels[LABEL.kind] ?? ''), 'FROM: it is neither a base nor dependencies');
}

async function checkDependencies(
  { from, labels }: GeneratedImage,
  query: URLSearchParams,
  { owners, scope }: BuildRules,
) {
  const owner = LABEL.orchestrator in labels ? { [LABEL.orchestrator]: scope.installId } : {};
  mustBeExactly(labels, { ...owner, [LABEL.kind]: 'deps' });
  must(query.get('t') === depsTag(labels[LABEL.depsHash] ?? ''), 't: it is not the tag of these dependencies');
  must((await owners.image(from)).labels[LABEL.kind] === 'base', 'FROM: it is not a base image');
}

/** These, and the hash of dependencies. */
function mustBeExactly(labels: Labels, wanted: Labels): void {
  const { [LABEL.depsHash]: hash = '', ...others } = labels;
  must(/^[0-9a-f]{1,64}$/.test(hash), 'its labels name no dependencies');
  const same = Object.entries(wanted).every(([key, value]) => others[key] === value);
  must(same && Object.keys(others).length === Object.keys(wanted).length, 'its labels are not those of its kind');
}

function isTag(query: URLSearchParams, tagOf: (hash: string) => string): boolean {
  const tag = query.get('t') ?? '';
  const hash = tag.slice(tag.lastIndexOf(':') + 1);
  return /^[0-9a-f]{16}$/.test(hash) && tag === tagOf(hash);
}

const FROM = /^FROM (sha256:[0-9a-f]{64})$/;

/** From the first two lines; what does not belong there is not what comes out when it is generated. */
function takeApart(dockerfile: string): GeneratedImage {
  const [first = '', second = ''] = dockerfile.split('\n', 2);
  const from = FROM.exec(first)?.[1];
  if (from === undefined || !second.startsWith('LABEL ')) throw refused('the Dockerfile is not one of ours');
  const pairs = second.slice('LABEL '.length).split(' ');
  for (const pair of pairs)
    must(/^[A-Za-z0-9._:/-]+=[A-Za-z0-9._:/-]+$/.test(pair), 'the Dockerfile is not one of ours');
  return { from, labels: Object.fromEntries(pairs.map((pair) => pair.split('=', 2))) };
}

function must(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw refused(otherwise);
}

const refused = (why: string) => new HairemError('unauthorized', why);
