/**
 * Which images that this installation made nobody of its crew needs: dependencies of no version that runs, ran well or is
 * asked for, compilers that no agent is granted, bases and proxies of builds of an earlier release.
 */

import type { AgentId } from '../domain/agent.ts';
import { depsTag, isIndexesAgent } from '../domain/labels.ts';
import type { ObservedImage } from '../domain/observation.ts';
import type { Runtime, Version } from '../domain/version.ts';
import type { BaseImages } from '../images/base-image.ts';
import { compilersTagOn } from '../images/dockerfile.ts';
import { sweepImages } from '../images/sweep-images.ts';
import type { Actor } from '../reconcile/agent-worker.ts';
import type { CrewParts } from './start-agents.ts';

type SweepParts = Pick<CrewParts, 'bases' | 'host' | 'log' | 'clock'>;
type Needing = Pick<Actor, 'desired' | 'running'> & { session: Pick<Actor['session'], 'stored'> };

interface Crew {
  actors: ReadonlyMap<AgentId, Actor>;
  images(): readonly ObservedImage[];
}

export function sweepWith({ bases, host, log, clock }: SweepParts, { actors, images }: Crew, signal: AbortSignal) {
  return sweepImages({
    unneeded: () => unneededImages(images(), { actors: actors.values(), bases }),
    remove: (tag) => host.removeImage(tag),
    onRemoved: (tag) => log.debug('removing an image that no agent needs', { tag }),
    onError: (what, error) => log.warn(what, { error }),
    clock,
    signal,
  });
}

/** @returns tags, what stands on another before it; none while a folder changes or anything is built */
export function unneededImages(
  images: readonly ObservedImage[],
  { actors, bases }: { actors: Iterable<Needing>; bases: BaseImages },
): string[] {
  const all = [...actors];
  if (all.some(({ running, desired }) => running?.step.kind === 'build' || desired?.kind === 'settling')) return [];
  const needed = new Set([
    ...all.flatMap(versionsOf).map(({ depsHash }) => depsTag(depsHash)),
    ...Object.values(bases).map(({ tag }) => tag),
    ...compiling(all).map((runtime) => compilersTagOn(runtime, idOf(images, bases[runtime].tag))),
  ]);
  const isNeeded = ({ agent, depsHash, tag }: ObservedImage) =>
    isIndexesAgent(agent ?? '') ? depsHash === bases.node.hash : needed.has(tag);
  return images
    .filter((image) => image.isOurs && (image.kind !== 'bundle' || isIndexesAgent(image.agent ?? '')))
    .filter((image) => !isNeeded(image))
    .sort((one, other) => rank(one) - rank(other))
    .map(({ tag }) => tag);
}

function versionsOf({ desired, session: { stored } }: Needing): Version[] {
  const wanted = desired?.kind === 'valid' ? desired.version : null;
  const rolledBackTo = stored.intent.kind === 'rollback' ? stored.intent.to : null;
  return [wanted, rolledBackTo, stored.running, stored.lastGood].filter((version) => version !== null);
}

const compiling = (all: readonly Needing[]): Runtime[] =>
  all.flatMap(({ desired }) =>
    desired?.kind === 'valid' && desired.snapshot.build.compilers ? [desired.version.runtime] : [],
  );

const idOf = (images: readonly ObservedImage[], tag: string) => images.find((image) => image.tag === tag)?.id ?? '';

const ORDER = ['hairem/agent-indexes-', 'hairem/deps:', 'hairem/compilers-'];

function rank({ tag }: ObservedImage): number {
  const at = ORDER.findIndex((begin) => tag.startsWith(begin));
  return at === -1 ? ORDER.length : at;
}
