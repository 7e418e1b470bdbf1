/** Stop-first, for an agent that owns an exclusive device: the old one is stopped, not removed, until the new one acts. */
import { asHairemError, HairemError } from '../domain/errors/errors.ts';
import { control, type RolloutDeps } from './deps.ts';
import { discard, grantUser, heardHello, launch, startToHello, untilGone } from './instances/launch.ts';
import { type Change, giveUp, makeFirst } from './rolling-update.ts';
import type { Member, Session } from './session.ts';
import { finishUpdate, openUpdate } from './update-report.ts';

export async function recreate(deps: RolloutDeps, change: Change): Promise<void> {
  const { session, version, signal } = change;
  const old = session.owner;
  if (!old) throw new HairemError('conflict', 'there is no active instance to replace');
  openUpdate(deps, session, change);
  await stopInPlace(deps, session, old);
  let fresh: Member | null = null;
  try {
    fresh = await launch(deps, change, (member) => {
      fresh = member;
    });
    await makeFirst(deps, { session, fresh, version, signal });
    await discard(deps, session, old);
    finishUpdate(deps, session, { result: 'ok' });
  } catch (error) {
    await startAgain(deps, { session, old, signal }).catch((again) =>
      deps.onError('starting the old version again', again),
    );
    await giveUp(deps, { session, fresh, error });
  }
}

async function stopInPlace(deps: RolloutDeps, session: Session, old: Member): Promise<void> {
  const seconds = old.version?.update.drain_seconds ?? 30;
  old.role = 'leaving';
  session.owner = null;
  await control(deps, session.agent, { type: 'stop', inst: old.inst });
  await untilGone(deps, old, seconds * 1000);
  await deps.host.stopContainer(old.containerId, 0);
}

async function startAgain(
  deps: RolloutDeps,
  { session, old, signal }: { session: Session; old: Member; signal: AbortSignal },
): Promise<void> {
  const { version } = old;
  if (!version) throw new HairemError('not_found', 'the version that ran before is not known any more');
  old.gone = new AbortController();
  old.role = 'candidate';
  old.complete = false;
  try {
    await grantUser(deps, old);
    const either = AbortSignal.any([signal, old.gone.signal]);
    const deadlineMs = version.update.ready_seconds * 1000;
    const { said } = await startToHello(deps, { member: old, signal: either, deadlineMs });
    heardHello(deps, old, await said);
    await makeFirst(deps, { session, fresh: old, version, signal });
  } catch (error) {
    await discard(deps, session, old);
    throw asHairemError(error);
  }
}
