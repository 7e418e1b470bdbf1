/** What one agent has asked of one service: what is worked on, what waits its turn, and what was answered lately. */

import { HairemError } from '../domain/errors/errors.ts';
import { ANSWERS_KEPT_MS } from '../domain/messages/service-call.ts';
import type { OpenRequest } from './request.ts';

interface Kept {
  execution: OpenRequest;
  /** When it may be forgotten; null while it is not answered. */
  until: number | null;
}

export interface QueueLimits {
  /** Worked on at the same time. */
  atOnce: number;
  /** Not answered yet, the ones at work included. */
  open: number;
  /** Of the requests that are not answered yet, and of the answers that are kept. */
  bytes: number;
}

/** What keeping an answer takes beside the answer: else a flood of small ones would fill the process. */
const OVERHEAD_BYTES = 1024;
/** Whoever waits asks again every ten seconds: after so long without a word it is gone, and its successor too. */
const GONE_MS = 60_000;
const nobodyAsks = () => new HairemError('cancelled', 'nobody asks for it any more');

/** One per agent and service, so that no agent's flood makes another wait or be forgotten. */
export class RequestQueue {
  readonly #limits: QueueLimits;
  readonly #kept = new Map<string, Kept>();
  readonly #waiting: ((isWanted: boolean) => void)[] = [];
  #atWork = 0;
  #openBytes = 0;
  #open = 0;
  #answerBytes = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  find(id: string): OpenRequest | null {
    return this.#kept.get(id)?.execution ?? null;
  }

  forget(id: string): void {
    const kept = this.#kept.get(id);
    if (kept?.until) this.#answerBytes -= kept.execution.bytes + OVERHEAD_BYTES;
    this.#kept.delete(id);
  }

  hasRoomFor(bytes: number): boolean {
    return this.#open < this.#limits.open && this.#openBytes + bytes <= this.#limits.bytes;
  }

  /** Runs `work` when it is its turn. Never rejects where `work` does not. */
  async take(execution: OpenRequest, bytes: number, { work, now }: { work: () => Promise<void>; now: () => number }) {
    this.#kept.set(execution.id, { execution, until: null });
    this.#open += 1;
    this.#openBytes += bytes;
    if (!(await this.#turn())) {
      this.#open -= 1;
      this.#openBytes -= bytes;
      this.#kept.delete(execution.id);
      return;
    }
    try {
      await work();
    } finally {
      this.#open -= 1;
      this.#openBytes -= bytes;
      this.#giveBack();
      this.#keep(execution, now());
    }
  }

  /** @returns whether nothing is left */
  forgetOld(now: number): boolean {
    for (const [id, { execution, until }] of this.#kept) {
      if (until !== null && until <= now) this.forget(id);
      if (until === null && execution.heardAt + GONE_MS <= now) execution.controller.abort(nobodyAsks());
    }
    return this.#kept.size === 0;
  }

  abortAll(why: Error): void {
    for (const { execution } of this.#kept.values()) execution.controller.abort(why);
  }

  /** Aborts what is worked on and forgets what waits its turn, unanswered: whoever asked is cut off. */
  giveUp(why: Error): void {
    for (const { execution, until } of this.#kept.values()) if (until === null) execution.controller.abort(why);
    for (const begin of this.#waiting.splice(0)) begin(false);
  }

  /** Behind all others, so that the oldest answer is the first of the map that has one. */
  #keep(execution: OpenRequest, now: number): void {
    this.#kept.delete(execution.id);
    this.#kept.set(execution.id, { execution, until: now + ANSWERS_KEPT_MS });
    this.#answerBytes += execution.bytes + OVERHEAD_BYTES;
    for (const [id, { until }] of this.#kept) {
      if (this.#answerBytes <= this.#limits.bytes) break;
      if (until !== null) this.forget(id);
    }
  }

  /** @returns whether it is still wanted then */
  async #turn(): Promise<boolean> {
    if (this.#atWork >= this.#limits.atOnce) return new Promise<boolean>((resolve) => this.#waiting.push(resolve));
    this.#atWork += 1;
    return true;
  }

  /** In another turn of the event loop: what comes in meanwhile is heard, and a flood is noticed, before all of it is done. */
  #giveBack(): void {
    const next = this.#waiting.shift();
    if (next) setImmediate(next, true);
    else this.#atWork -= 1;
  }
}
