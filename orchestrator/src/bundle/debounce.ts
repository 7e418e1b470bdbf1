/**
 * When a changing bundle is left alone: a pure function of what two looks saw (ARCHITECTURE.md, Settling). A change
 * opens a gap of 40 ms; each further change doubles it, to 2 s at most; when it has passed unchanged the bundle is
 * ready. A change soon after an accepted one counts as a further one, so that a burst of saves is one update.
 */

export const FIRST_GAP_MS = 40;
export const LONGEST_GAP_MS = 2_000;
/** A bundle that was never valid here waits at least this long: it may be on its way by a slow copy. */
export const NEW_BUNDLE_MS = 1_000;
/** As long waits one that looks half-way (special-files.ts): without the logic that it had, or with a file emptied. */
const HALFWAY_MS = 2_000;
/** After this much quiet since an accepted change the next one starts a new burst. */
const BURST_MS = 250;

export interface Settling {
  fingerprint: string;
  /** Monotonic time at which this fingerprint was first seen. */
  changedAt: number;
  gap: number;
  /** False once this fingerprint was accepted. */
  open: boolean;
}

export function settle(previous: Settling | null, look: { fingerprint: string; now: number }): Settling {
  const { fingerprint, now } = look;
  if (previous === null) return { fingerprint, changedAt: now, gap: FIRST_GAP_MS, open: true };
  if (previous.fingerprint === fingerprint) return previous;
  const isFurther = previous.open || now - previous.changedAt < BURST_MS;
  const gap = isFurther ? Math.min(LONGEST_GAP_MS, previous.gap * 2) : FIRST_GAP_MS;
  return { fingerprint, changedAt: now, gap, open: true };
}

/** The monotonic time from which an unchanged bundle is ready. */
export function readyAt(
  { changedAt, gap }: Settling,
  { wasValid, isHalfway }: { wasValid: boolean; isHalfway: boolean },
): number {
  return changedAt + Math.max(gap, wasValid ? 0 : NEW_BUNDLE_MS, isHalfway ? HALFWAY_MS : 0);
}

/**
 * Whether an equal fingerprint proves equal content: not while a second write could still get the same timestamp as
 * the one that was seen. Local clocks tick within 10 ms; whole seconds mean a file system that counts no finer.
 */
export function fingerprintIsProof({
  newestMs,
  wallNow,
  seenForMs,
}: {
  newestMs: number;
  wallNow: number;
  seenForMs: number;
}): boolean {
  const tick = newestMs % 1_000 === 0 ? 2_000 : 12;
  // A server's clock may run ahead of ours: seen unchanged for long enough is proof as well.
  return wallNow - newestMs > tick || seenForMs > 3_000;
}
