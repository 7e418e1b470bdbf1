/** How long a store is waited for, what is done again, and what waits for its turn. */

import { inTime } from '../../async/deadline.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import type { Timers } from '../../domain/ports/ports.ts';

interface Patience {
  /** The longest that one query may take where the store itself keeps time. */
  querySeconds: number;
  clock: Timers;
}

/** Beyond that. */
const MUTE_MS = 10_000;
const MOST_TRIES = 20;

/**
 * A store that ends its queries in time has answered by then, if only that it took too long. One whose host is gone does
 * not even end the connection: whatever was asked on it would wait for ever.
 * @param onMute called when that happens
 */
export function deadline({ querySeconds, clock }: Patience, onMute: () => Promise<void>) {
  const ms = querySeconds * 1000 + MUTE_MS;
  const late = () => {
    onMute().catch(() => {}); // it is given up in any case
    return new HairemError('unavailable', `SurrealDB has said nothing for ${ms / 1000} s; is its host still there?`);
  };
  return async <T>(work: () => Promise<T>): Promise<T> => inTime(work(), { clock, ms, late });
}

/** Two transactions that wrote the same thing: one of them has had no effect, and is done again. */
export async function untilNoConflict<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof HairemError) || error.code !== 'conflict' || tries === MOST_TRIES) throw error;
    }
  }
}

/** @returns what runs one after the other, in order, whatever has become of the one before */
export function oneByOne(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
}
