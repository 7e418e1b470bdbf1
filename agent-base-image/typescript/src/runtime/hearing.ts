/**
 * Whether anybody can have heard a request. How many PUBLISH counts proves little, since it counts clients that are
 * dying, too (BUS.md, rule 6); but none is none: what Redis gave to nobody each time, nobody has executed.
 */

/** Services that are started again are back by then. */
const UNHEARD_MS = 30_000;

export class Hearing {
  /** Of the first send to nobody, while all were. */
  #since: number | null = null;
  #isPossible = false;

  /** It was sent. @param receivers null where Redis may have it, and did not say */
  note(receivers: number | null, now: number): void {
    if (receivers !== 0) this.#isPossible = true;
    this.#since ??= now;
  }

  /** Milliseconds for which it may still be heard, if it goes on being sent; null: somebody may have heard it. */
  left(now: number): number | null {
    return this.#isPossible || this.#since === null ? null : this.#since + UNHEARD_MS - now;
  }
}
