/** What the orchestrator says on `ctl:<id>`, rule by rule (BUS.md, rules 3, 6, 7, 10-12). */

import type { Action } from './actions.ts';
import type { ControlEvent } from './events.ts';
import { handOver } from './hand-over.ts';
import { owns, startAll } from './lanes.ts';
import { emptyLog, forget } from './log-book.ts';
import { addBase, becomeActive, becomeStandby, beginDraining, leave, say } from './roles.ts';
import type { FollowerState } from './state.ts';
import { watermark } from './watermark.ts';

type Control<T extends ControlEvent['type']> = ControlEvent & { type: T };

/** Rule 3: from here on positions can be compared, because every instance hears the mark. */
export function onMark(state: FollowerState, { id, owner }: Control<'mark'>): Action[] {
  state.marked = true;
  state.owner = owner;
  addBase(state, id);
  if (state.phase === 'ACTIVE' || owner !== state.inst) state.windowOpen = true;
  if (owns(state)) return watermark(state);
  if (state.phase !== 'CONNECTED') return [];
  state.waitsFor.clear();
  if (owner !== state.inst) state.waitsFor.set(owner, state.index);
  return becomeStandby(state);
}

/**
 * Rule 6: later deliveries belong to `to`, and so do the unfinished entries of those in `adopt`. Refused on another
 * connection than the one that is named, and by an instance that may not hold everything.
 */
export function onCut(state: FollowerState, cut: Control<'cut'>): Action[] {
  if (cut.id === state.lastCut) return [say({ type: 'cut_ack', cut: cut.id })];
  if (cut.term <= state.term) return [];
  const why = refusal(state, cut);
  if (why) return [say({ type: 'cut_refused', cut: cut.id, why })];
  Object.assign(state, { term: cut.term, lastCut: cut.id, owner: cut.to });
  addBase(state, cut.id);
  if (hasOthers(state, cut)) state.windowOpen = true;
  const role = cut.to === state.inst ? becomeActive(state, cut.id) : beginDraining(state);
  const handedOver = handOver(state, { from: cut.adopt, to: cut.to });
  return [say({ type: 'cut_ack', cut: cut.id }), ...role, ...handedOver, ...startAll(state)];
}

function refusal(state: FollowerState, { to, conns }: Control<'cut'>): string | null {
  const conn = conns[state.inst] ?? state.conn;
  if (conn !== state.conn) return 'it is on another connection';
  if (state.held) return 'it waits for resume';
  if (to !== state.inst) return null;
  if (state.phase === 'CONNECTED') return 'it is not in standby';
  return state.fit ? null : 'it has stood down';
}

function hasOthers(state: FollowerState, { to, conns }: Control<'cut'>): boolean {
  return to !== state.inst || Object.keys(conns).some((inst) => inst !== String(state.inst));
}

/** Rules 7 and 12: the entries of an instance that died, or gave up, while it drained. */
export function adoptEntries(state: FollowerState, { id, to, from }: Control<'adopt'>): Action[] {
  addBase(state, id);
  return [...handOver(state, { from, to }), ...startAll(state)];
}

/** Rule 12, drain deadline: stop what runs and say the last word; only then may others adopt. */
export function onCancel(state: FollowerState, inst: number): Action[] {
  if (inst !== state.inst || state.phase !== 'DRAINING') return [];
  const stopped = [...state.log.running].map(({ ordinal }): Action => ({ do: 'cancel', ordinal }));
  const lastWord = state.cancelled ? [] : watermark(state);
  Object.assign(state, { cancelled: true, fit: false, log: emptyLog() });
  return [...stopped, ...lastWord, say({ type: 'cancelled' })];
}

/** Rule 10: it goes when it is told to, never by a timer of its own. */
export function onRetire(state: FollowerState, { inst, window }: Control<'retire'>): Action[] {
  if (inst === state.inst) return leave(state, 'retired');
  state.windowOpen = window === 'open';
  return [];
}

/** As a cut to nobody: what is its own is finished, then it goes. */
export function onStop(state: FollowerState, inst: number): Action[] {
  if (inst !== state.inst) return [];
  if (!owns(state) || state.cancelled) return leave(state, 'stopped');
  Object.assign(state, { stopping: true, fit: false });
  if (state.phase === 'DRAINING') return [{ do: 'tick_soon' }];
  state.owner = null;
  return beginDraining(state);
}

/** Rule 9, outside a window: go on, or, if another owns by now, finish what is left and stand down. */
export function onResume(state: FollowerState, { inst, term, owner }: Control<'resume'>): Action[] {
  const { held } = state;
  if (inst !== state.inst || !held?.until || term < state.term) return [];
  Object.assign(state, { term, owner: state.stopping ? null : owner, held: null });
  const gap = say({ type: 'gap', since: held.since, until: held.until });
  if (owner === state.inst) return [gap, ...watermark(state), ...startAll(state)];
  for (const entry of state.log.all.values()) if (entry.ordinal > held.ordinal) forget(state.log, entry);
  state.fit = false;
  return [gap, ...beginDraining(state), ...startAll(state)];
}
