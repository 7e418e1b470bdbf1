/** One request from its first arrival until its answer is forgotten: who asked, what was sent, how it ended. */
import { randomUUID } from 'node:crypto';
import type { InstanceNumber } from '../domain/agent.ts';
import type { ServiceAnswer, ServiceRequest } from '../domain/messages/service-call.ts';
import { writeJson } from '../domain/text/json-text.ts';

export type Outcome = { ok: true; result: unknown } | { ok: false; error: { code: string; message: string } };
type Have = Extract<ServiceRequest, { type: 'request' }>['have'];

/** Says one thing to one instance of the agent that asked. */
export type Say = (inst: InstanceNumber, answer: ServiceAnswer) => void;

export class OpenRequest {
  readonly id: string;
  readonly controller = new AbortController();
  #run = randomUUID();
  readonly #say: Say;
  readonly #askers = new Set<InstanceNumber>();
  readonly #chunks: unknown[] = [];
  #outcome: Outcome | null = null;
  /** When it was asked for last, monotonic. */
  heardAt = 0;
  /** About how much of memory it holds. */
  bytes = 0;

  constructor(id: string, say: Say) {
    this.id = id;
    this.#say = say;
  }

  get outcome(): Outcome | null {
    return this.#outcome;
  }

  /** It is asked for, the first time or again: what this instance lacks is sent to it. */
  join(inst: InstanceNumber, have: Have): void {
    const isNew = this.#askers.size === 0 && this.#chunks.length === 0 && !this.#outcome;
    this.#askers.add(inst);
    const from = have?.run === this.#run ? have.seq : 0;
    for (let seq = from; seq < this.#chunks.length; seq += 1) this.#sayChunk(inst, seq);
    if (this.#outcome) this.#sayOutcome(inst, this.#outcome);
    else if (!isNew) this.#say(inst, { type: 'working', id: this.id });
  }

  hasAsked(inst: InstanceNumber): boolean {
    return this.#askers.has(inst);
  }

  /** It does not want it any more. @returns whether anybody still waits */
  leave(inst: InstanceNumber): boolean {
    this.#askers.delete(inst);
    return this.#askers.size > 0;
  }

  emit(data: unknown): void {
    if (this.#outcome) return;
    const seq = this.#chunks.push(data) - 1;
    this.bytes += sizeOf(data);
    for (const inst of this.#askers) this.#sayChunk(inst, seq);
  }

  /** What was emitted is void: askers throw it away when they hear of another run. */
  restart(): void {
    if (this.#outcome || this.#chunks.length === 0) return;
    this.#run = randomUUID();
    this.bytes -= this.#chunks.reduce((sum: number, data) => sum + sizeOf(data), 0);
    this.#chunks.length = 0;
  }

  end(outcome: Outcome): void {
    this.#outcome = outcome;
    this.bytes += sizeOf(outcome);
    for (const inst of this.#askers) this.#sayOutcome(inst, outcome);
  }

  #sayChunk(inst: InstanceNumber, seq: number): void {
    this.#say(inst, { type: 'chunk', id: this.id, run: this.#run, seq, data: this.#chunks[seq] });
  }

  #sayOutcome(inst: InstanceNumber, outcome: Outcome): void {
    this.#say(inst, { type: 'reply', id: this.id, run: this.#run, seq: this.#chunks.length, ...outcome });
  }
}

function sizeOf(value: unknown): number {
  return writeJson(value).length;
}
