/**
 * Watches who acts (rule 11): pings it while a window is open, and takes silence for death. Outside a window
 * only a long silence counts, and nobody is there to take over: it is started again.
 */
import { randomUUID } from 'node:crypto';
import { HairemError } from '../../domain/errors/errors.ts';
import { control, type RolloutDeps } from '../deps.ts';
import { failOver, successorOf } from '../failover.ts';
import type { Member, Session } from '../session.ts';

const PULSE_MS = 500;
const WINDOW_SILENCE_MS = 3_000;
const SILENCE_MS = 20_000;
/** More than between two heartbeats, and less than makes a difference. */
const SEEMING_SILENT_MS = 2_500;
/** After this a record is shown as stale (three heartbeats). */
const STALE_MS = 6_000;

export interface Watched {
  sessions: () => readonly Session[];
  isUp: () => boolean;
}

/** Runs until the signal aborts. */
export async function watchLiveness(
  deps: RolloutDeps,
  { sessions, isUp }: Watched,
  signal: AbortSignal,
): Promise<void> {
  const stale = new WeakSet<Member>();
  let last = deps.clock.now();
  while (!signal.aborted) {
    await deps.clock.sleep(PULSE_MS, signal).catch(() => {});
    const now = deps.clock.now();
    const isCaughtUp = !sessions().some((session) => seemsSilent(session, now)) || (await hasHeardAll(deps));
    // A pulse that comes late says that we were not listening, not that they were silent.
    const late = now - last - PULSE_MS;
    last = deps.clock.now();
    for (const session of sessions()) {
      if (late > PULSE_MS || !isCaughtUp || !isUp()) excuse(session, now);
      else check(deps, { session, now, stale });
    }
  }
}

/** What they said may still be on its way to us, behind what another says: silence counts up to what we have heard. */
const hasHeardAll = ({ bus }: RolloutDeps): Promise<boolean> =>
  bus.caughtUp().then(
    () => true,
    () => false,
  );

const seemsSilent = ({ owner }: Session, now: number) => owner !== null && now - owner.heardAt > SEEMING_SILENT_MS;

function excuse(session: Session, now: number): void {
  for (const member of session.members.values()) member.heardAt = now;
}

function check(
  deps: RolloutDeps,
  { session, now, stale }: { session: Session; now: number; stale: WeakSet<Member> },
): void {
  const { owner } = session;
  if (!owner || owner.gone.signal.aborted) return;
  const silent = now - owner.heardAt;
  const inWindow = successorOf(session, owner) !== null; // somebody could take over at once
  if (silent > (inWindow ? WINDOW_SILENCE_MS : SILENCE_MS)) {
    const seconds = Math.round(silent / 1000);
    failOver(
      deps,
      session,
      owner,
      new HairemError('instance_died', `instance ${owner.inst} did not answer for ${seconds} s`),
    );
    return;
  }
  if (silent > STALE_MS && !stale.has(owner)) {
    stale.add(owner);
    deps.emit(session.agent, { type: 'stale' });
  } else if (silent <= STALE_MS) stale.delete(owner);
  if (inWindow || silent > STALE_MS) ping(deps, session, owner);
}

function ping(deps: RolloutDeps, session: Session, owner: Member): void {
  const message = { type: 'ping', inst: owner.inst, nonce: randomUUID() } as const;
  control(deps, session.agent, message).catch(() => {}); // without the bus there is no silence to judge
}
