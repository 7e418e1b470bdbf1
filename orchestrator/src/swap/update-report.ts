/** The update under way of one agent: opened once, finished once, by whoever learns its end first. */
import type { Lane, UpdateReport } from '../domain/agent-record.ts';
import { asHairemError } from '../domain/errors.ts';
import type { Version } from '../domain/version.ts';
import type { SwapDeps } from './deps.ts';
import type { OpenUpdate, Session } from './member.ts';

export interface UpdateStart {
  lane: Lane;
  because: string;
  version: Version;
  seenAt: number;
}

export function openUpdate(deps: SwapDeps, session: Session, { lane, because, version, seenAt }: UpdateStart): void {
  const from = session.owner?.hash ?? null;
  const update = { lane, because, from, to: version.hash, seenAt, at: deps.clock.timestamp(), cutMs: null, ms: null };
  session.update = update;
  report(deps, session, update, { result: 'running', error: null, revertMs: null });
}

/** The new version acts: the time from the save to here is the update's. */
export function noteActive(deps: SwapDeps, session: Session, cutMs: number | null): void {
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
  deps: SwapDeps,
  session: Session,
  { result, error, log = [], revertMs }: UpdateEnd,
  update: OpenUpdate | null = session.update,
): void {
  if (!update) return;
  const failure = error === undefined ? null : asHairemError(error);
  const lines = failure && failure.log.length > 0 ? failure.log : log;
  report(deps, session, update, {
    result,
    error: failure && { code: failure.code, message: failure.message, log: lines },
    revertMs: revertMs ?? null,
  });
  if (session.update === update) session.update = null;
}

function report(
  deps: SwapDeps,
  session: Session,
  { lane, because, from, to, at, cutMs, ms }: OpenUpdate,
  {
    result,
    error,
    revertMs,
  }: { result: UpdateReport['result']; error: UpdateReport['error']; revertMs: number | null },
): void {
  const whole: UpdateReport = { lane, because, from, to, at, ms, cut_ms: cutMs, revert_ms: revertMs, result, error };
  session.lastUpdate = whole;
  deps.emit(session.agent, { type: 'update', update: whole });
}
