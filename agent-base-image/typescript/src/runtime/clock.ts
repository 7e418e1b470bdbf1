/** Time, as an argument, so that tests need not wait. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Clock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Wall clock for people, RFC 3339. */
  timestamp(): string;
  /** Rejects when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  timestamp: () => new Date().toISOString(),
  sleep: (ms, signal) => sleep(ms, undefined, signal ? { signal } : {}),
};
