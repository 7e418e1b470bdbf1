/**
 * The looks at the engine: one at a time, in the background, so that nothing that a look before it already tells waits
 * for it.
 */
import type { AgentId } from '../domain/agent.ts';
import { bundleTag } from '../domain/labels.ts';
import type { Observation, ObservedImage } from '../domain/observation.ts';
import type { Clock, ContainerHost } from '../domain/ports/ports.ts';
import type { Version } from '../domain/version.ts';
import type { Actor } from './agent-worker.ts';
import { isBusy } from './supersede.ts';

/** The engine is looked at again at least this often: its events are hints that may be lost. */
const RESYNC_MS = 10_000;
const RETRY_MS = 2_000;

export interface Observations {
  /** What the last look still tells of this agent; null when its members came or went since it began. */
  of(actor: Actor): Observation | null;
  /** The last look, whatever changed since. Null before the first, and after one that failed. */
  last(): Observation | null;
  /** Begins a look where one is needed and none is under way; `onLooked` is called when it has ended. */
  begin(actors: Iterable<Actor>): void;
  /** The engine has something that no look that began before now can tell. */
  engineChanged(actors: Iterable<Actor>): void;
  /** An image was built: so far no look shows it. */
  noteImage(version: Version): void;
  /** Monotonic milliseconds of the next look that time alone makes necessary; null while one is under way. */
  dueAt(): number | null;
}

export interface ObservationsOptions {
  host: Pick<ContainerHost, 'observe'>;
  clock: Clock;
  /** @param error null when the engine answered */
  onLooked(error: unknown): void;
}

/** One look, and how far each agent's members had come when it began. */
interface Seen {
  observation: Observation;
  epochs: ReadonlyMap<AgentId, number>;
}

export function createObservations({ host, clock, onLooked }: ObservationsOptions): Observations {
  let seen: Seen | null = null;
  let isLooking = false;
  let due = clock.now();
  let built: ObservedImage[] = [];

  const isCurrent = (actor: Actor) => seen !== null && (seen.epochs.get(actor.id) ?? 0) === actor.session.epoch;
  const withBuilt = (observation: Observation): Observation =>
    built.length === 0 ? observation : { ...observation, images: [...observation.images, ...built] };

  async function look(epochs: Seen['epochs']): Promise<void> {
    let failure: unknown = null;
    try {
      seen = { observation: withBuilt(await host.observe()), epochs };
    } catch (error) {
      failure = error;
      seen = null;
      due = clock.now() + RETRY_MS;
    }
    isLooking = false;
    onLooked(failure);
  }

  return {
    of: (actor) => (isCurrent(actor) ? (seen?.observation ?? null) : null),
    last: () => seen?.observation ?? null,
    begin(actors) {
      const all = [...actors];
      const isMissed = seen !== null && all.some((actor) => !isBusy(actor) && !isCurrent(actor));
      if (isLooking || (clock.now() < due && !isMissed)) return;
      isLooking = true;
      due = clock.now() + RESYNC_MS;
      built = [];
      look(new Map(all.map(({ id, session }) => [id, session.epoch])));
    },
    engineChanged(actors) {
      due = clock.now();
      for (const { session } of actors) session.epoch += 1;
    },
    noteImage({ agent, imageHash, depsHash }) {
      const tag = bundleTag(agent, imageHash);
      const image = { id: tag, tag, kind: 'bundle', agent, imageHash, depsHash, isOurs: true, bytes: 0 } as const;
      if (isLooking) built.push(image);
      if (seen) seen = { ...seen, observation: { ...seen.observation, images: [...seen.observation.images, image] } };
    },
    dueAt: () => (isLooking ? null : due),
  };
}
