/**
 * Between `prepared` and `standby` (rule 5): handlers that the owner ran at the mark. Each has a limit of its own, so
 * that is the deadline here, and the version that waits is not to blame. Nothing has been cut yet: until then the whole
 * update may be given up for what is wanted by now (reconcile/supersede.ts).
 *
 * Where a person asked for a restart, a handler has `drain_seconds`. Then it is given up, so that its sender's next
 * message runs and nothing else is lost; an owner that does not do even that is taken for hung, as one that is silent.
 */
import { HairemError } from '../domain/errors/errors.ts';
import { control, type RolloutDeps } from './deps.ts';
import { failOver } from './failover.ts';
import type { Member, Session } from './session.ts';
import { recordWaiting } from './update-report.ts';

/** The SDKs give up a handler after ten minutes, and look for such with every heartbeat. */
const LONGEST_HANDLER_MS = 10 * 60_000 + 30_000;
/** Shorter than that it is not worth telling; and so often it is looked at again. */
const LOOK_MS = 1_000;
/** So many drain times, of as many messages that hang one behind the other, is a restart that was asked for kept waiting. */
const MOST_DRAINS = 3;
/** For the answer of one whose drain time is none. */
const GRACE_MS = 5_000;

/** @param standby rejects when the signal aborts. Rejects with timeout where a handler exceeds its limit. */
export async function awaitHandlers(
  deps: RolloutDeps,
  {
    session,
    owner,
    standby,
    signal,
  }: { session: Session; owner: Member; standby: Promise<unknown>; signal: AbortSignal },
): Promise<void> {
  const over = new AbortController();
  try {
    await Promise.race([standby, watch(deps, { session, owner, signal: AbortSignal.any([signal, over.signal]) })]);
    await standby;
  } finally {
    over.abort();
    session.waitsForHandlers = false;
    recordWaiting(deps, session, null);
  }
}

/** Returns when the signal aborts. */
async function watch(
  deps: RolloutDeps,
  { session, owner, signal }: { session: Session; owner: Member; signal: AbortSignal },
): Promise<void> {
  const began = deps.clock.now();
  for (;;) {
    await deps.clock.sleep(LOOK_MS, signal).catch(() => {});
    if (signal.aborted) return;
    const ms = deps.clock.now() - owner.worksSince;
    if (ms >= LONGEST_HANDLER_MS) throw tooLong(ms);
    if (!session.waitsForHandlers) letOvertake(deps, session);
    recordWaiting(deps, session, ms);
    hurry(deps, { session, owner, began });
  }
}

/** Says it at each look: a handler that begins meanwhile has its own time. */
function hurry(deps: RolloutDeps, { session, owner, began }: { session: Session; owner: Member; began: number }): void {
  if (session.hurrySince === null) return;
  const seconds = owner.version?.update.drain_seconds ?? 30;
  const waited = deps.clock.now() - Math.max(session.hurrySince, began);
  if (waited < seconds * 1000) return;
  if (waited >= MOST_DRAINS * seconds * 1000 + GRACE_MS) {
    const why = `instance ${owner.inst} did not give up its handlers for a restart`;
    failOver(deps, session, owner, new HairemError('instance_died', why));
    return;
  }
  control(deps, session.agent, { type: 'give_up', inst: owner.inst, seconds }).catch(() => {}); // said again
}

/** From now on the loop plans for this agent, too; what it saw of the engine before the candidate came tells nothing. */
function letOvertake(deps: RolloutDeps, session: Session): void {
  session.waitsForHandlers = true;
  session.epoch += 1;
  deps.wake();
}

function tooLong(ms: number): HairemError {
  const seconds = Math.round(ms / 1000);
  const what = `waits for a handler of the running version that has worked for ${seconds} s, longer than one may`;
  return new HairemError('timeout', `${what}: \`stop\` and \`start\` end it`);
}
