/**
 * The state machine of one instance: rules 2-7 and 9-13 of BUS.md as `step(state, event) -> actions`. No socket, no
 * clock, no randomness: the same events in the same order always give the same actions. The runtime feeds the
 * events and performs the actions; `contract/handover.json` holds sequences that every SDK must answer alike.
 *
 *   CONNECTED ──complete──► STANDBY ──cut to me──► ACTIVE ──cut to another──► DRAINING ──drained──► SPARE
 *   (counts from            (follows)                ▲  │                        │  (finishes what  (follows)
 *    its mark on)                                    │  │                        │   is its own)        │
 *                                                    └──┼───────cut back─────────┴──────────────────────┘
 *                                                       │
 *                          connection lost: held until `resume`, if no window is open
 *
 *   DRAINING ──cancel──► DRAINING, cancelled: says `cancelled`, keeps nothing, waits for `retire`
 *   any state ──retire, stop and drained, overflow of a follower, connection lost in a window──► GONE
 *
 * prepared: marked, and `setup()` done: all that it can do itself.
 * complete: marked, `setup()` done, and the owner's watermark for that mark has reached it (rule 5).
 */

import type { Action } from './actions.ts';
import { EXIT } from './actions.ts';
import { adoptEntries, onCancel, onCut, onMark, onResume, onRetire, onStop } from './control-rules.ts';
import { readDelivery } from './delivery.ts';
import type { FollowerEvent } from './events.ts';
import { isCaused, owns, start, startAll } from './lanes.ts';
import { add, emptyLog, forget } from './log-book.ts';
import { becomeStandby, leave, say } from './roles.ts';
import type { Entry, FollowerState, Limits } from './state.ts';
import { applyWatermark, watermarkIfNew } from './watermark.ts';

/** Ids of asks; what answers one names it as its correlation_id (rule 13). */
const ASK = /^(\d+)\.ask-/;

export interface FollowerOptions {
  agent: string;
  inst: number;
  /** A nonce for the present connection. */
  conn: string;
  limits: Limits;
}

export function createFollower({ agent, inst, conn, limits }: FollowerOptions): FollowerState {
  return {
    agent,
    inst,
    limits,
    conn,
    phase: 'CONNECTED',
    term: 0,
    owner: null,
    lastCut: null,
    marked: false,
    setupDone: false,
    prepared: false,
    verified: false,
    windowOpen: false,
    fit: true,
    stopping: false,
    cancelled: false,
    held: null,
    waitsFor: new Map(),
    stoodDown: new Set(),
    tasks: { epoch: 0, stopped: true },
    ordinal: 0,
    bases: new Map(),
    base: null,
    index: 0,
    log: emptyLog(),
    told: { base: null, low: 0, done: [] },
  };
}

/** While the connection is held, nothing is said: whoever listens has not yet said that we still act. */
export function step(state: FollowerState, event: FollowerEvent): Action[] {
  if (state.phase === 'GONE') return [];
  const actions = apply(state, event);
  return state.held ? actions.filter((action) => action.do !== 'say') : actions;
}

function apply(state: FollowerState, event: FollowerEvent): Action[] {
  switch (event.type) {
    case 'delivered':
      return onDelivered(state, event);
    case 'finished':
      return onFinished(state, event.ordinal);
    case 'tick':
      return onTick(state);
    case 'watermark':
      return onWatermark(state, event);
    case 'cancelled':
      return onPeerCancelled(state, event.inst);
    case 'mark':
      return onMark(state, event);
    case 'cut':
      return onCut(state, event);
    case 'adopt':
      return state.marked ? adoptEntries(state, event) : [];
    case 'cancel':
      return onCancel(state, event.inst);
    case 'retire':
      return onRetire(state, event);
    case 'stop':
      return onStop(state, event.inst);
    case 'resume':
      return onResume(state, event);
    case 'verified':
      return onVerified(state, event.inst);
    case 'setup_done':
      return onSetupDone(state);
    case 'tasks_stopped':
      return onTasksStopped(state, event.epoch);
    case 'lost':
      return onLost(state, event.at);
    case 'reconnected':
      return onReconnected(state, event);
  }
}

/** Rule 2. The ordinal comes first: a message that cannot be read counts like any other. */
function onDelivered(state: FollowerState, { channel, text }: { channel: string; text: string | null }): Action[] {
  if (!state.marked) return [];
  state.ordinal += 1;
  const read = readDelivery(state.agent, channel, text);
  if ('why' in read) return [{ do: 'drop', why: read.why }];
  const { from, isBroadcast, message } = read;
  const correlation = message.metadata.correlation_id ?? '';
  const asked = ASK.exec(correlation);
  if (asked) return Number(asked[1]) === state.inst ? [{ do: 'reply', correlation, message }] : [];
  const { nonce } = message.payload;
  if (from === 'orchestrator' && typeof nonce === 'string') return [say({ type: 'echo', nonce })];
  // Nobody hears what it answers; perhaps of another instance.
  if (from === 'orchestrator' && correlation !== '')
    return correlation.startsWith(`${state.inst}.`) ? [{ do: 'reply', correlation, message }] : [];
  return keep(state, {
    ordinal: state.ordinal,
    sender: from,
    message,
    isBroadcast,
    bytes: weigh(text ?? ''),
    owner: state.owner,
    since: state.index,
    running: false,
    redelivered: false,
    tried: false,
    deaths: 0,
  });
}

/** Bytes on the heap, estimated: the parsed message is larger than its text. */
function weigh(text: string): number {
  return 2 * text.length + 500;
}

/** Who takes over nothing any more holds nothing for others. Once stopping, it still helps its handlers to finish. */
function keep(state: FollowerState, entry: Entry): Action[] {
  if (!state.fit && entry.owner !== state.inst) {
    const helps = entry.owner === null && !state.cancelled && isCaused(state, entry);
    if (!helps) return [];
    entry.owner = state.inst;
  }
  add(state.log, entry, state.inst);
  return [...start(state, [entry.sender], [entry]), ...overflow(state)];
}

/** Rule 10: a follower's log is bounded, and overflow costs the follower, not the swap. */
function overflow(state: FollowerState): Action[] {
  const { log, limits } = state;
  const fits = log.all.size <= limits.entries && log.bytes <= limits.bytes;
  return owns(state) || fits ? [] : leave(state, 'its log of held messages overflowed', EXIT.overflow);
}

/** Rule 4: the runtime says it when the handler has settled and its publishes are acknowledged. */
function onFinished(state: FollowerState, ordinal: number): Action[] {
  const entry = state.log.own.get(ordinal);
  if (!entry) return [];
  const heldBack = state.log.suspects.size > 0; // all lanes may have waited for this one
  forget(state.log, entry);
  if (state.base !== null) state.told.done.push(ordinal);
  const started = heldBack ? startAll(state) : start(state, [entry.sender], []);
  return state.phase === 'DRAINING' ? [...started, { do: 'tick_soon' }] : started;
}

/** Rules 4 and 7: the owner's word when it is news, and `drained` behind the last word of all. */
function onTick(state: FollowerState): Action[] {
  if (!owns(state) || state.held || state.cancelled) return [];
  const actions = watermarkIfNew(state);
  const isDrained = state.phase === 'DRAINING' && state.log.own.size === 0 && state.tasks.stopped;
  if (!isDrained) return actions;
  state.phase = 'SPARE';
  return [...actions, say({ type: 'drained' }), ...(state.stopping ? leave(state, 'stopped', EXIT.told) : [])];
}

function onWatermark(state: FollowerState, event: FollowerEvent & { type: 'watermark' }): Action[] {
  const moved = applyWatermark(state, event);
  return [...becomeStandby(state), ...(moved.size > 0 ? start(state, moved, []) : [])];
}

/** Its handlers have been stopped in order: a hand-over from it is no death. */
function onPeerCancelled(state: FollowerState, inst: number): Action[] {
  if (inst !== state.inst) state.stoodDown.add(inst);
  return [];
}

function onVerified(state: FollowerState, inst: number): Action[] {
  if (inst === state.inst) state.verified = true;
  return [];
}

function onSetupDone(state: FollowerState): Action[] {
  state.setupDone = true;
  return becomeStandby(state);
}

function onTasksStopped(state: FollowerState, epoch: number): Action[] {
  if (epoch !== state.tasks.epoch) return [];
  state.tasks.stopped = true;
  return state.phase === 'DRAINING' ? [{ do: 'tick_soon' }] : [];
}

/** Rule 9: a lost connection is death, unless nobody else could take part. */
function onLost(state: FollowerState, at: string): Action[] {
  if (isWindowOpen(state)) return leave(state, 'the connection was lost while a window was open', EXIT.lost);
  state.held = { since: state.held?.since ?? at, until: null, ordinal: state.ordinal };
  return [];
}

/** What was sent meanwhile is gone, so positions from before can be compared with nobody any more. */
function onReconnected(state: FollowerState, { conn, at }: { conn: string; at: string }): Action[] {
  if (!state.held) return [];
  state.conn = conn;
  state.held = { ...state.held, until: at, ordinal: state.ordinal };
  state.bases.clear();
  state.base = null;
  state.told = { base: null, low: 0, done: [] };
  return [];
}

export function isWindowOpen(state: FollowerState): boolean {
  return state.phase !== 'ACTIVE' || state.windowOpen;
}
