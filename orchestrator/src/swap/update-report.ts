/** The update under way of one agent: opened once, finished once, by whoever learns its end first. */
import type { Lane, UpdateReport } from '../domain/agent-record.ts';
import { asHairemError } from '../domain/errors.ts';
import type { Version } from '../domain/version.ts';
import type { SwapDeps } from './deps.ts';
import type { Session } from './member.ts';

export interface UpdateStart {
  lane: Lane;
  because: string;
  version: Version;
  seenAt: number;
}

export function openUpdate(deps: SwapDeps, session: Session, { lane, because, version, seenAt }: UpdateStart): void {
  const from = session.owner?.hash ?? null;
  session.update = { lane, because, from, to: version.hash, seenAt, at: deps.clock.timestamp(), cutMs: null, ms: null };
  report(deps, session, { result: 'running', error: null, revertMs: null });
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

/** Does nothing when no update is open. */
export function finishUpdate(deps: SwapDeps, session: Session, { result, error, log = [], revertMs }: UpdateEnd): void {
  if (!session.update) return;
  const failure = error === undefined ? null : asHairemError(error);
  const lines = failure && failure.log.length > 0 ? failure.log : log;
  report(deps, session, {
    result,
    error: failure && { code: failure.code, message: failure.message, log: lines },
    revertMs: revertMs ?? null,
  });
  session.update = null;
}

function report(
  deps: SwapDeps,
  session: Session,
  end: { result: UpdateReport['result']; error: UpdateReport['error']; revertMs: number | null },
): void {
  const { update } = session;
  if (!update) return;
  const { lane, because, from, to, at, cutMs, ms } = update;
  const whole: UpdateReport = {
    lane,
    because,
    from,
    to,
    at,
    ms,
    cut_ms: cutMs,
    revert_ms: end.revertMs,
    result: end.result,
    error: end.error,
  };
  session.lastUpdate = whole;
  deps.emit(session.agent, { type: 'update', update: whole });
}
