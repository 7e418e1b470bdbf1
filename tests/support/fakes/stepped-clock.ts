/** A clock that stands still until a test moves it; sleepers wake in the order of their times. */
import type { Clock } from '../../../agent-base-image/typescript/src/runtime/clock.ts';

export interface SteppedClock extends Clock {
  /** Moves on, and ends every sleep whose time has come. */
  advance(ms: number): void;
  /** How many sleep now. */
  sleepers(): number;
}

interface Sleeper {
  until: number;
  wake(): void;
}

export function steppedClock(start = '2026-01-01T12:00:00.000Z'): SteppedClock {
  let now = 0;
  const asleep = new Set<Sleeper>();
  return {
    now: () => now,
    timestamp: () => new Date(Date.parse(start) + now).toISOString(),
    sleepers: () => asleep.size,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = { until: now + ms, wake: resolve };
        asleep.add(sleeper);
        signal?.addEventListener('abort', () => asleep.delete(sleeper) && reject(signal.reason), { once: true });
      }),
    after(ms, call) {
      const sleeper = { until: now + ms, wake: call };
      asleep.add(sleeper);
      return () => void asleep.delete(sleeper);
    },
    advance(ms) {
      now += ms;
      const due = [...asleep].filter(({ until }) => until <= now).sort((one, other) => one.until - other.until);
      for (const sleeper of due) {
        asleep.delete(sleeper);
        sleeper.wake();
      }
    },
  };
}
