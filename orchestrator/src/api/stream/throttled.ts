/** A stream that may be endless, given on no faster than somebody can use it: the source waits meanwhile. */
import type { Clock } from '../../domain/ports/ports.ts';

export interface Pace {
  /** So many at once. */
  burst: number;
  /** And then so many a second. */
  perSecond: number;
  clock: Clock;
  /** Ends the waiting, and the stream with it. */
  signal: AbortSignal;
}

const WAIT_MS = 100;

export async function* paced<T>(items: AsyncIterable<T>, { burst, perSecond, clock, signal }: Pace): AsyncIterable<T> {
  let allowed = burst;
  let since = clock.now();
  for await (const item of items) {
    while (allowed < 1) {
      await clock.sleep(WAIT_MS, signal).catch(() => {});
      if (signal.aborted) return;
      allowed = Math.min(burst, ((clock.now() - since) / 1000) * perSecond);
      since = clock.now();
    }
    allowed -= 1;
    yield item;
  }
}
