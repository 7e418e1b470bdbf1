/** The update under way of one agent: opened once, finished once, by whoever learns its end first. */
import type { Lane, UpdateReport } from '../domain/agent-record.ts';
import { asHairemError } from '../domain/errors/errors.ts';
import type { Version } from '../domain/version.ts';
import type { RolloutDeps } from './deps.ts';
import type { OpenUpdate, Session } from './session.ts';

export interface UpdateStart {
  lane: Lane;
  because: string;
  version: Version;
  seenAt: number;
}

export function openUpdate(deps: RolloutDeps, session: Session, { lane, because, version, seenAt }: UpdateStart): void {
  const from = session.owner?.hash ?? null;
  const open = { lane, because, from, to: version.hash, seenAt, at: deps.clock.timestamp() };
  const update: OpenUpdate = { ...open, waitsSince: null, cutMs: null, ms: null };
  session.update = update;
  report(deps, session, update, { result: 'running', error: null, revertMs: null });
}

/** It waits for a handler that has worked for so long; null: for none any more. Said when that changes. */
export function recordWaiting(deps: RolloutDeps, session: Session, ms: number | null): void {
  const { update } = session;
  if (!update || (ms === null && update.waitsSince === null)) return;
  const since = ms === null ? null : new Date(Date.parse(deps.clock.timestamp()) - ms).toISOString();
  if (since !== null && update.waitsSince !== null && !isLater(since, update.waitsSince)) return;
  update.waitsSince = since;
  report(deps, session, update, { result: 'running', error: null, revertMs: null });
}

/** By more than two clocks may differ. */
const isLater = (one: string, other: string) => Date.parse(one) - Date.parse(other) > 500;

/** The new version acts: the time from the save to here is the update's. */
export function recordActive(deps: RolloutDeps, session: Session, cutMs: number | null): void {
  if (session.update) Object.assign(session.update, { cutMs, ms: deps.clock.now() - session.update.seenAt });
}

export interface UpdateEnd {
  result: UpdateReport['result'];
  error?: unknown;
  log?: readonly string[];
  revertMs?: number;
}

/** Does nothing when no update is open. @param update which one, where another may have been opened since */
export function finishUpdate(
  deps: RolloutDeps,
  session: Session,
  { result, error, log = [], revertMs }: UpdateEnd,
  update: OpenUpdate | null = session.update,
): void {
  if (!update) return;
  const failure = error === undefined ? null : asHairemError(error);
  const lines = failure && failure.log.length > 0 ? failure.log : log;
  update.waitsSince = null;
  report(deps, session, update, {
    result,
    error: failure && { code: failure.code, message: failure.message, log: lines },
    revertMs: revertMs ?? null,
  });
  if (session.update === update) session.update = null;
}

function report(
  deps: RolloutDeps,
  session: Session,
  { lane, because, from, to, at, waitsSince, cutMs, ms }: OpenUpdate,
  {
    result,
    error,
    revertMs,
  }: { result: UpdateReport['result']; error: UpdateReport['error']; revertMs: number | null },
): void {
  const times = { at, ms, waits_since: waitsSince, cut_ms: cutMs, revert_ms: revertMs };
  const whole: UpdateReport = { lane, because, from, to, ...times, result, error };
  session.lastUpdate = whole;
  deps.emit(session.agent, { type: 'update', update: whole });
}
