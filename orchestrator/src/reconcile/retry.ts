/** When a step that failed, or an agent that crashed, is tried again. Pure: times in, times out (milliseconds). */

export interface Retry {
  tries: number;
  /** Not before this monotonic time; null when nothing failed. */
  notBefore: number | null;
  /** What failed last; null when nothing did. */
  because: string | null;
}

export const NO_RETRY: Retry = { tries: 0, notBefore: null, because: null };

const QUICK_TRIES = 5;
const SLOW_MS = 5 * 60_000;

/** 10 s × 2^n, five times, then one every five minutes. */
export function afterFailure(
  { tries }: Retry,
  { now, baseMs, because = null }: { now: number; baseMs: number; because?: string | null },
): Retry {
  const wait = tries < QUICK_TRIES ? baseMs * 2 ** tries : Math.max(SLOW_MS, baseMs);
  return { tries: tries + 1, notBefore: now + wait, because };
}

/** The first crash of an agent that was well is followed by a start at once: nobody takes its messages meanwhile. */
export function afterCrash(
  retry: Retry,
  { now, baseMs, ranMs }: { now: number; baseMs: number; ranMs: number },
): Retry {
  if (ranMs >= 6 * baseMs) return { tries: 0, notBefore: now, because: null };
  return afterFailure(retry, { now, baseMs });
}
