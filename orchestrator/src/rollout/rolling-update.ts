/**
 * The hand-over of one agent to a new version, start-first (BUS.md):
 *
 *   launch ──► verify ──► cut ──► drained ──► the old one is the spare until the monitor window ends
 *     └──────────┴── fails: the candidate is removed, the old one never noticed
 *                         └── the new one dies: `failOver` reverts, this ends silently
 */
import type { Lane } from '../domain/agent-record.ts';
import { asHairemError, HairemError } from '../domain/errors/errors.ts';
import type { Version } from '../domain/version.ts';
import { adoptFrom, cutTo } from './cutover.ts';
import { control, type RolloutDeps, recordState } from './deps.ts';
import { failOver } from './failover.ts';
import { discard, dismiss, launch } from './instances/launch.ts';
import { recordOwner } from './record-owner.ts';
import type { Member, Session } from './session.ts';
import { finishUpdate, openUpdate, recordActive } from './update-report.ts';
import { verify } from './verify.ts';

const CANCEL_MS = 3_000;

export interface Change {
  session: Session;
  version: Version;
  lane: Lane;
  because: string;
  /** Monotonic time at which the change was seen. */
  seenAt: number;
  signal: AbortSignal;
}

/** Rejects when the new version is not the active one at the end; what ran before then goes on. */
export async function swap(deps: RolloutDeps, change: Change): Promise<void> {
  const { session, version, signal } = change;
  const old = session.owner;
  if (!old || old.gone.signal.aborted) throw new HairemError('conflict', 'there is no active instance to swap');
  openUpdate(deps, session, change);
  let fresh: Member | null = null;
  try {
    fresh = await launch(deps, change, (member) => {
      fresh = member;
    });
    await verify(deps, { session, member: fresh, version, owner: old, signal });
    await takeOver(deps, { session, old, fresh });
    finishUpdate(deps, session, { result: 'ok' });
  } catch (error) {
    await giveUp(deps, { session, fresh, error });
  }
}

/** Starts the first instance: the mark names itself, it is complete at once, and the cut makes it the owner. */
export async function start(deps: RolloutDeps, change: Change): Promise<void> {
  const { session, version, signal } = change;
  openUpdate(deps, session, change);
  deps.emit(session.agent, { type: 'starting', hash: version.hash, because: change.because });
  let fresh: Member | null = null;
  try {
    await deps.host.ensureNetwork({ agent: session.agent, egress: version.spec.egress });
    fresh = await launch(deps, change, (member) => {
      fresh = member;
    });
    await makeFirst(deps, { session, fresh, version, signal });
    finishUpdate(deps, session, { result: 'ok' });
  } catch (error) {
    await giveUp(deps, { session, fresh, error });
  }
}

export async function makeFirst(
  deps: RolloutDeps,
  { session, fresh, version, signal }: { session: Session; fresh: Member; version: Version; signal: AbortSignal },
): Promise<void> {
  await verify(deps, { session, member: fresh, version, owner: fresh, signal });
  recordActive(deps, session, await cutTo(deps, session, fresh).active);
  await recordOwner(deps, session, fresh);
}

/** Cut, drain, and the old one becomes the spare. If the old one died before, the fresh one is the owner already. */
async function takeOver(
  deps: RolloutDeps,
  { session, old, fresh }: { session: Session; old: Member; fresh: Member },
): Promise<void> {
  if (session.owner === fresh) return recordActive(deps, session, null);
  const { agent } = session;
  const alive = AbortSignal.any([old.gone.signal, fresh.gone.signal]);
  const drainMs = (old.version?.update.drain_seconds ?? 30) * 1000;
  const term = session.stored.term + 1; // one from an earlier cut may still be on its way
  const about = { agent, inst: old.inst, matches: (m: { term: number }) => m.term === term };
  const drained = deps.statusInbox.hear({ ...about, type: 'drained', deadlineMs: drainMs, signal: alive });
  const before = session.spare;
  const cut = cutTo(deps, session, fresh);
  await cutHeard(deps, session, { fresh, cut });
  recordState(deps, old, 'DRAINING');
  await recordOwner(deps, session, fresh);
  const isSpare = await untilDrained(deps, { session, old, fresh, drained });
  // At once: were the earlier spare dismissed first, the new one could die meanwhile and the old one act again.
  if (isSpare && session.owner === fresh) await keepSpare(deps, session, old);
  if (before && session.members.has(before.inst)) await dismiss(deps, session, before, 'retire');
}

/** Whoever is silent or refuses while alive is as good as dead; when it is the new one, `failOver` cuts back. */
async function cutHeard(
  deps: RolloutDeps,
  session: Session,
  { fresh, cut }: { fresh: Member; cut: ReturnType<typeof cutTo> },
): Promise<void> {
  try {
    recordActive(deps, session, await cut.active);
  } catch (error) {
    failOver(deps, session, fresh, asHairemError(error));
    throw error;
  }
  for (const silent of await cut.acked) {
    failOver(
      deps,
      session,
      silent,
      new HairemError('instance_died', `instance ${silent.inst} did not acknowledge the cut`),
    );
  }
}

/** @returns whether the old one may stay as the spare */
async function untilDrained(
  deps: RolloutDeps,
  { session, old, fresh, drained }: { session: Session; old: Member; fresh: Member; drained: Promise<unknown> },
): Promise<boolean> {
  try {
    await drained;
    recordState(deps, old, 'SPARE');
    return true;
  } catch (error) {
    if (fresh.gone.signal.aborted) throw error; // reverted
    if (old.gone.signal.aborted) return false; // `failOver` has handed its entries over
  }
  await cancel(deps, { session, old });
  return false;
}

/** Rule 12: it stops its handlers and says so behind its last watermark; only then others adopt. No answer: fence. */
async function cancel(deps: RolloutDeps, { session, old }: { session: Session; old: Member }): Promise<void> {
  const { agent } = session;
  const { inst } = old;
  const signal = old.gone.signal;
  const cancelled = deps.statusInbox.hear({ agent, inst, type: 'cancelled', deadlineMs: CANCEL_MS, signal });
  await control(deps, agent, { type: 'cancel', inst });
  const answered = await cancelled.then(
    () => true,
    () => false,
  );
  if (signal.aborted) return;
  old.role = 'leaving';
  await adoptFrom(deps, session, old, { fence: !answered });
  await dismiss(deps, session, old, 'retire', answered ? undefined : 0);
}

async function keepSpare(deps: RolloutDeps, session: Session, old: Member): Promise<void> {
  const seconds = session.owner?.version?.update.monitor_seconds ?? 30;
  if (seconds === 0) return dismiss(deps, session, old, 'retire');
  old.role = 'spare';
  session.spare = old;
  session.windowEnds = deps.clock.now() + seconds * 1000;
  deps.wake();
}

/** The candidate goes; the record says why. What `failOver` has dealt with is left to it. */
export async function giveUp(
  deps: RolloutDeps,
  { session, fresh, error }: { session: Session; fresh: Member | null; error: unknown },
): Promise<void> {
  const known = fresh !== null && session.members.get(fresh.inst) === fresh;
  const reverted = fresh !== null && fresh.role === 'leaving';
  const acts = known && fresh?.role === 'owner';
  if (acts && fresh) failOver(deps, session, fresh, asHairemError(error));
  if (reverted || acts) throw error;
  const log = known && fresh ? await discard(deps, session, fresh) : [];
  const failure = asHairemError(error);
  const rejected = failure.code === 'rejected' || failure.code === 'instance_died' || failure.code === 'not_ready';
  finishUpdate(deps, session, { result: rejected ? 'rejected' : 'failed', error, log });
  throw failure.log.length > 0 ? failure : new HairemError(failure.code, failure.message, { cause: failure, log });
}
