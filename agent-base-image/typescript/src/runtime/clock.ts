/** Time, as an argument, so that tests need not wait. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Clock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Wall clock for people, RFC 3339. */
  timestamp(): string;
  /** Rejects when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Calls once after so many milliseconds. For deadlines, of which most are called off: a `sleep` that is aborted makes
   * two errors with their stacks, which takes longer than a message does.
   * @returns what calls it off
   */
  after(ms: number, call: () => void): () => void;
}

/** Node takes a longer one, 24 days, for a millisecond. */
const LONGEST_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  timestamp: () => new Date().toISOString(),
  sleep: (ms, signal) => sleep(ms, undefined, signal ? { signal } : {}),
  after(ms, call) {
    const timer = setTimeout(call, Math.min(ms, LONGEST_MS));
    return () => clearTimeout(timer);
  },
};
