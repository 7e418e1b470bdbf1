/** What the services tell the orchestrator of the store and of their own restarts, so that a culprit is named. */

import { ownerOf, type StoreStatus, type StoreWords } from '../domain/messages/store-call.ts';
import { CRASH_WINDOW_MS, MOST_CRASHES, type RunningLog } from '../domain/ports/running.ts';

interface Options {
  tell(words: StoreWords): void;
  running: Pick<RunningLog, 'crashes' | 'suspects'>;
  /** Monotonic milliseconds. */
  now(): number;
}

type Death = StoreWords['deaths'][number] & { until: number };

/** It is told again with every word, in case one was not heard. */
const TOLD_MS = 60_000;
const MOST_TOLD = 20;
/** Sizes change with every call of a busy crew. */
const SIZES_MS = 1_000;
const NAMED = 3;

export function createStoreWords({ tell, running, now }: Options) {
  const deaths = new Map<string, Death>();
  let last: StoreStatus = { type: 'status', troubles: [], deaths: [], sizes: {} };
  let toldAt = Number.NEGATIVE_INFINITY;

  const note = (death: StoreWords['deaths'][number]): boolean => {
    if (deaths.has(death.id)) return false;
    deaths.set(death.id, { ...death, until: now() + TOLD_MS });
    for (const oldest of deaths.keys()) if (deaths.size > MOST_TOLD) deaths.delete(oldest);
    return true;
  };
  const restarts = () => {
    const count = running.crashes();
    if (count < MOST_CRASHES) return null;
    const names = running.suspects().slice(0, NAMED).map(named);
    const culprits = names.length > 0 ? `, in the middle of ${names.join(', ')}` : '';
    return `the services were started ${count} times within ${CRASH_WINDOW_MS / 1000} s${culprits}`;
  };
  const say = () => {
    for (const [id, { until }] of deaths) if (until <= now()) deaths.delete(id);
    toldAt = now();
    tell({
      sizes: last.sizes,
      deaths: [...deaths.values()].map(({ id, agent, message }) => ({ id, agent, message })),
      troubles: last.troubles
        .slice(0, MOST_TOLD)
        .map(({ database, message }) => `${ownerOf(database) ?? 'hAIrem itself'}: ${message}`),
      restarts: restarts(),
    });
  };
  return {
    /** Called again and again. */
    say,
    take(status: StoreStatus) {
      const fresh = status.deaths.filter(({ id, database, message }) => {
        const agent = ownerOf(database);
        return agent !== null && note({ id, agent, message });
      });
      const isNew = fresh.length > 0 || status.troubles.length !== last.troubles.length;
      last = status;
      if (isNew || now() - toldAt >= SIZES_MS) say();
    },
    /** A request that is not run any more, since the process ended each time. @param key of the running log */
    refused(key: string) {
      const [, agent = ''] = key.split(':');
      const message = `the services process ended each time it ran ${named(key)}: it is not run again`;
      if (note({ id: key, agent, message })) say();
    },
  };
}

/** `<service>:<agent>:<request>`. */
function named(key: string): string {
  const [service, agent, ...request] = key.split(':');
  return `${service} of ${agent} (request ${request.join(':')})`;
}
