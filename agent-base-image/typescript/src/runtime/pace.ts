/**
 * Holds what the agent says back where it is more than others hear (BUS.md, Allowances): to each it goes out in the order
 * in which it was said, only later.
 */
import { Buckets, SAID } from './allowances.ts';
import type { Clock } from './clock.ts';

/** Shorter waits would let single messages through, each with a timer of its own. */
const SHORTEST_WAIT_MS = 10;

export class Pace {
  readonly #clock: Clock;
  readonly #buckets = new Buckets(SAID);
  /** By channel: the last one that waits. */
  readonly #last = new Map<string, Promise<void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns null where it may be said now, else what resolves when it may */
  turn(channel: string, text: string): Promise<void> | null {
    const before = this.#last.get(channel);
    const ms = before ? 0 : this.#buckets.take(channel, text.length, this.#clock.now());
    if (!before && ms === 0) return null;
    const turn = this.#wait(channel, text.length, before);
    this.#last.set(channel, turn);
    turn.finally(() => {
      if (this.#last.get(channel) === turn) this.#last.delete(channel);
    });
    return turn;
  }

  async #wait(channel: string, length: number, before: Promise<void> | undefined): Promise<void> {
    await before;
    for (;;) {
      const ms = this.#buckets.take(channel, length, this.#clock.now());
      if (ms === 0) return;
      await this.#clock.sleep(Math.max(ms, SHORTEST_WAIT_MS));
    }
  }
}
