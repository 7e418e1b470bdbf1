/** Waits for a state of the world: asks again and again until a check passes or the deadline is over. */
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';

const INTERVAL_MS = 50;

export interface Patience {
  /** Milliseconds; then the last failure is thrown. */
  deadlineMs?: number;
  /** 0 turns the event loop between two looks, also where a test holds the timers. */
  intervalMs?: number;
}

/** @returns what the check returns, once it neither throws nor returns false, null or undefined */
export async function eventually<T>(
  what: string,
  check: () => Promise<T> | T,
  { deadlineMs = 30_000, intervalMs = INTERVAL_MS }: Patience = {},
): Promise<NonNullable<T>> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    let failure: unknown;
    try {
      const value = await check();
      if (value !== false && value !== null && value !== undefined) return value;
    } catch (error) {
      failure = error;
    }
    if (performance.now() > end) {
      throw new Error(`not in ${deadlineMs / 1000} s: ${what}`, { cause: failure });
    }
    await (intervalMs > 0 ? sleep(intervalMs) : turn());
  }
}

/** What files and sockets do comes when it comes: turns the event loop until it has. */
export const turnedUntil = (holds: () => boolean) => eventually(String(holds), holds, { intervalMs: 0 });
