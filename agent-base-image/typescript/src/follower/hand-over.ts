/**
 * Entries change hands (BUS.md, rules 6, 7, 11 and 12): from instances that died, or that stood down at the drain
 * deadline, to the one that goes on. An entry that may have been in flight at two deaths becomes a suspect; one that
 * was in flight alone at a third is poison.
 *
 *   deaths  0 ──hand-over──► 1 ──tried, its owner died──► 2: suspect ──tried alone, its owner died──► abandoned
 */

import type { Action } from './actions.ts';
import { forget, indexOwn, isSuspect } from './log-book.ts';
import type { Entry, FollowerState } from './state.ts';

export function handOver(state: FollowerState, { from, to }: { from: readonly number[]; to: number }): Action[] {
  const abandoned: string[] = [];
  const actions: Action[] = [];
  for (const entry of state.log.all.values()) {
    const { owner } = entry;
    if (owner === null || owner === to || !from.includes(owner)) continue;
    const died = !state.stoodDown.has(owner);
    if (died && isSuspect(entry) && entry.tried) {
      forget(state.log, entry);
      abandoned.push(entry.message.id);
      continue;
    }
    if (owner === state.inst && entry.running) actions.push({ do: 'cancel', ordinal: entry.ordinal });
    give(entry, { to, since: state.index, died });
  }
  waitForHeir(state, from, to);
  indexOwn(state.log, state.inst);
  if (to === state.inst && abandoned.length > 0) {
    actions.push({ do: 'say', message: { type: 'abandoned', ids: abandoned } });
  }
  return actions;
}

/** Before its first hand-over nobody said whether an entry was in flight: it counts as if it was. */
function give(entry: Entry, { to, since, died }: { to: number; since: number; died: boolean }): void {
  const wasInFlight = !entry.redelivered || entry.tried;
  if (died && wasInFlight) entry.deaths += 1;
  Object.assign(entry, { owner: to, since, running: false, redelivered: true, tried: false });
}

/** What a dead owner owed from before my mark is now owed by its heir; by me, it could not be paid. */
function waitForHeir(state: FollowerState, from: readonly number[], to: number): void {
  if (to === state.inst) return;
  for (const dead of from) {
    if (dead !== to && state.waitsFor.delete(dead)) state.waitsFor.set(to, state.index);
  }
}
