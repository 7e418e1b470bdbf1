/**
 * The watermark (BUS.md, rule 4): an owner's word on what it has finished, said and heard. Numbers count from a
 * base that both have heard, never absolutely.
 *
 * `done` lists what has finished since the last watermark: an instance of the same agent hears every one of them
 * in order, or its connection is lost and with it its part in the handover. So a handler that never ends does not
 * make the list grow.
 */

import type { Action } from './actions.ts';
import type { PeerEvent } from './events.ts';
import { forget, oldestOwn } from './log-book.ts';
import type { FollowerState } from './state.ts';

/** All of mine up to `low` are finished, and those in `done`; those in `trying` are about to run again. */
export function watermark(state: FollowerState): Action[] {
  const zero = state.base === null ? null : state.bases.get(state.base);
  if (!zero || state.base === null) return [];
  const low = lowest(state);
  const done = state.told.done.filter((ordinal) => ordinal > low).map((ordinal) => ordinal - zero.ordinal);
  const trying = [...state.log.running].filter((entry) => entry.redelivered);
  state.told = { base: state.base, low, done: [] };
  const numbers = { low: low - zero.ordinal, done, trying: trying.map((entry) => entry.ordinal - zero.ordinal) };
  return [{ do: 'say', message: { type: 'watermark', base: state.base, ...numbers } }];
}

/** Says it again only when it says something new. */
export function watermarkIfNew(state: FollowerState): Action[] {
  const { base, low, done } = state.told;
  const isNew = done.length > 0 || base !== state.base || low !== lowest(state);
  return isNew ? watermark(state) : [];
}

/** The ordinal up to which all of mine are finished. */
function lowest(state: FollowerState): number {
  const oldest = oldestOwn(state.log);
  return oldest ? oldest.ordinal - 1 : state.ordinal;
}

/**
 * Drops an entry only on the word of its owner. A watermark whose base is older than an entry's hand-over says
 * nothing about that entry: its writer did not know of it.
 * @returns the senders whose lanes have moved
 */
export function applyWatermark(state: FollowerState, event: PeerEvent & { type: 'watermark' }): Set<string> {
  const moved = new Set<string>();
  const zero = state.bases.get(event.base);
  if (event.inst === state.inst || !zero) return moved;
  const done = new Set(event.done);
  const trying = new Set(event.trying);
  const last = zero.ordinal + [...done, ...trying].reduce((a, b) => Math.max(a, b), event.low);
  for (const entry of state.log.all.values()) {
    if (entry.ordinal > last) break;
    if (entry.owner !== event.inst || entry.since > zero.index) continue;
    const n = entry.ordinal - zero.ordinal;
    if (trying.has(n)) entry.tried = true;
    if (n > event.low && !done.has(n)) continue;
    forget(state.log, entry);
    moved.add(entry.sender);
  }
  noteCompleteness(state, event.inst, { index: zero.index, low: zero.ordinal + event.low });
  return moved;
}

/** Rule 5: everything older than the first mark (ordinal 0) must be known to be finished. */
function noteCompleteness(state: FollowerState, inst: number, said: { index: number; low: number }): void {
  const from = state.waitsFor.get(inst);
  if (from !== undefined && said.index >= from && said.low >= 0) state.waitsFor.delete(inst);
}
