/** A clock for horloge that stands still until a test turns it. */
import type { Clock } from '../../../agents/horloge/clock.ts';

export interface HandTurnedClock extends Clock {
  /** Moves on, and ends every sleep whose time has come. */
  turn(ms: number): void;
  /** Resolves, with the length, when somebody goes to sleep; at once if somebody sleeps already. */
  asleep(): Promise<number>;
}

export function handTurnedClock(start: string): HandTurnedClock {
  let now = Date.parse(start);
  let sleepers: { ms: number; until: number; wake: () => void }[] = [];
  let waiting: ((ms: number) => void)[] = [];
  const wakeIf = (due: (sleeper: { until: number }) => boolean) => {
    const woken = sleepers.filter(due);
    sleepers = sleepers.filter((sleeper) => !due(sleeper));
    for (const { wake } of woken) wake();
  };
  return {
    now: () => new Date(now),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = { ms, until: now + ms, wake: resolve };
        if (signal.aborted) return resolve();
        signal.addEventListener('abort', () => wakeIf((other) => other === sleeper), { once: true });
        sleepers.push(sleeper);
        for (const tell of waiting) tell(ms);
        waiting = [];
      }),
    turn(ms) {
      now += ms;
      wakeIf(({ until }) => until <= now);
    },
    asleep: () => {
      const [first] = sleepers;
      return first ? Promise.resolve(first.ms) : new Promise((resolve) => waiting.push(resolve));
    },
  };
}
