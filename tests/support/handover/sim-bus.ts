/**
 * Redis as the handover sees it: PUBLISH one at a time, every connection's input and output first in, first out, and
 * a fence that ends a connection in the same moment in which something else is published.
 */
import type { Action } from '../../../agent-base-image/typescript/src/follower/actions.ts';
import type { FollowerEvent } from '../../../agent-base-image/typescript/src/follower/events.ts';

export type Arrival = { kind: 'message'; channel: string; text: string } | { kind: 'ack'; publish: number };

export interface Wire {
  readonly inst: number;
  /** From Redis, not yet read. */
  readonly arrivals: Arrival[];
  /** To Redis, not yet processed. */
  readonly departures: { channel: string; text: string; publish: number }[];
  published: number;
  open: boolean;
}

export type OnStep = (inst: number, event: FollowerEvent, actions: readonly Action[]) => void;

export class SimBus {
  readonly wires = new Map<number, Wire>();
  /** Hears every step of every instance's state machine, at once. */
  onStep: OnStep = () => {};
  readonly #ears: ((channel: string, text: string) => void)[] = [];

  connect(inst: number): Wire {
    const wire: Wire = { inst, arrivals: [], departures: [], published: 0, open: true };
    this.wires.set(inst, wire);
    return wire;
  }

  listen(ear: (channel: string, text: string) => void): void {
    this.#ears.push(ear);
  }

  /** Redis processes one PUBLISH: all subscribers have it before the next one. */
  publish(channel: string, text: string): void {
    for (const wire of this.wires.values()) if (wire.open) wire.arrivals.push({ kind: 'message', channel, text });
    for (const ear of this.#ears) ear(channel, text);
  }

  /** Redis reads the oldest unprocessed PUBLISH of one instance. */
  process(wire: Wire): void {
    const next = wire.departures.shift();
    if (!next || !wire.open) return;
    this.publish(next.channel, next.text);
    wire.arrivals.push({ kind: 'ack', publish: next.publish });
  }

  /** What it sent and Redis has not processed is never processed. */
  fence(inst: number): void {
    const wire = this.wires.get(inst);
    if (!wire) return;
    wire.open = false;
    wire.departures.length = 0;
    this.wires.delete(inst);
  }
}
