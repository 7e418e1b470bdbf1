/** Steps that several rules share: from one role to the next, and the way out. */
import type { Action, Saying } from './actions.ts';
import { EXIT } from './actions.ts';
import type { FollowerState } from './state.ts';

export function say(message: Saying): Action {
  return { do: 'say', message };
}

/**
 * Rule 5, each said once: `prepared` when its own part is done, `standby` when it holds everything unfinished and could
 * act at once.
 */
export function becomeStandby(state: FollowerState): Action[] {
  if (state.phase !== 'CONNECTED' || !state.marked || !state.setupDone) return [];
  const prepared = state.prepared ? [] : [say({ type: 'prepared' })];
  state.prepared = true;
  if (state.waitsFor.size > 0) return prepared;
  state.phase = 'STANDBY';
  return [...prepared, say({ type: 'standby' })];
}

/** Rule 6: who is named acts at once. */
export function becomeActive(state: FollowerState, cut: string): Action[] {
  const wasActive = state.phase === 'ACTIVE';
  state.phase = 'ACTIVE';
  state.tasks = { ...state.tasks, stopped: false };
  return [say({ type: 'active', cut }), ...(wasActive ? [] : [{ do: 'start_tasks' } as const])];
}

/** Rule 7: who acted finishes what it owns, queued entries too, and ends its tasks. */
export function beginDraining(state: FollowerState): Action[] {
  if (state.phase !== 'ACTIVE') return [];
  state.phase = 'DRAINING';
  state.tasks = { epoch: state.tasks.epoch + 1, stopped: false };
  return [{ do: 'stop_tasks', epoch: state.tasks.epoch }, { do: 'tick_soon' }];
}

export function leave(state: FollowerState, why: string, code: number = EXIT.told): Action[] {
  state.phase = 'GONE';
  return [{ do: 'exit', why, code }];
}

/** What was heard before the first mark has no ordinal here, so it is no base. */
export function addBase(state: FollowerState, id: string): void {
  if (!state.marked) return;
  state.index += 1;
  state.base = id;
  state.bases.set(id, { ordinal: state.ordinal, index: state.index });
  const oldest = state.bases.keys().next().value;
  if (state.bases.size > MOST_BASES && oldest !== undefined) state.bases.delete(oldest);
}

/** A watermark names the newest base that its writer has heard; far older ones are named no more. */
const MOST_BASES = 256;
