/**
 * What may run now (BUS.md, rules 7 and 12).
 *
 *   lane of a sender:  [ oldest, next, … ]    its oldest unfinished entry decides. Owned by another: the lane waits.
 *   caused by ours:    its `chain` names an unfinished entry of this log: it never waits in a lane, or two agents
 *                      that ask each other would lock; with a cut between, the asking one may still be at the old owner.
 *   suspect:           tried at two deaths: it starts when nothing of mine runs, and until it has finished nothing
 *                      else starts but what it causes itself. So a third death names the one that is poison.
 */

import type { Action } from './actions.ts';
import { isSuspect, setRunning } from './log-book.ts';
import type { Entry, FollowerState } from './state.ts';
import { watermark } from './watermark.ts';

/** Starts what may start: the heads of these lanes, and of these entries those that never wait. */
export function start(state: FollowerState, senders: Iterable<string>, entries: Iterable<Entry>): Action[] {
  if (!mayRun(state)) return [];
  const suspect = state.log.suspects.size > 0 ? foremostSuspect(state) : null;
  const ready = suspect ? besideSuspect(state, suspect, entries) : freely(state, senders, entries);
  return run(state, ready);
}

export function startAll(state: FollowerState): Action[] {
  return start(state, [...state.log.lanes.keys()], [...state.log.own.values()]);
}

/** Does the chain of this entry name an unfinished one, whoever owns it? */
export function isCaused(state: FollowerState, entry: Pick<Entry, 'message'>): boolean {
  return entry.message.metadata.chain.some((id) => state.log.ids.has(id));
}

export function owns(state: FollowerState): boolean {
  return state.phase === 'ACTIVE' || state.phase === 'DRAINING';
}

function mayRun(state: FollowerState): boolean {
  return owns(state) && !state.held && !state.cancelled;
}

function freely(state: FollowerState, senders: Iterable<string>, entries: Iterable<Entry>): Entry[] {
  const ready: Entry[] = [];
  for (const sender of senders) {
    const head = state.log.lanes.get(sender)?.[0];
    if (head && isWaiting(state, head)) ready.push(head);
  }
  for (const entry of entries) {
    const isNew = isWaiting(state, entry) && !isSuspect(entry) && isCaused(state, entry) && !ready.includes(entry);
    if (isNew) ready.push(entry);
  }
  return ready;
}

/** The suspect that runs, or else the oldest one whose turn in its lane has come. */
function foremostSuspect(state: FollowerState): Entry | null {
  let foremost: Entry | null = null;
  for (const entry of state.log.suspects) {
    if (entry.running) return entry;
    const isHead = state.log.lanes.get(entry.sender)?.[0] === entry;
    if (isHead && (!foremost || entry.ordinal < foremost.ordinal)) foremost = entry;
  }
  return foremost;
}

/** Until a suspect may start, what runs may still need what it causes; once it runs, only its own effects may. */
function besideSuspect(state: FollowerState, suspect: Entry, entries: Iterable<Entry>): Entry[] {
  if (!suspect.running && state.log.running.size === 0) return [suspect];
  const running = new Set([...state.log.running].map((entry) => entry.message.id));
  const causes = suspect.running ? new Set([suspect.message.id]) : running;
  return [...entries].filter(
    (entry) =>
      isWaiting(state, entry) && !isSuspect(entry) && entry.message.metadata.chain.some((id) => causes.has(id)),
  );
}

function isWaiting(state: FollowerState, entry: Entry): boolean {
  return entry.owner === state.inst && !entry.running;
}

/** A redelivered entry is announced before it runs, so that a second death is known to have met it. */
function run(state: FollowerState, ready: readonly Entry[]): Action[] {
  for (const entry of ready) {
    setRunning(state.log, entry);
    entry.tried = entry.redelivered;
  }
  const announced = ready.some((entry) => entry.redelivered) ? watermark(state) : [];
  return [...announced, ...ready.map((entry): Action => ({ do: 'run', entry }))];
}
