/**
 * An instance is dead, hung or disobedient: who takes over is decided here, at once and waiting for nobody
 * (BUS.md, rules 8, 11 and the fault table).
 */
import { type HairemError, HairemError as OurError } from '../domain/errors/errors.ts';
import { adoptFrom, cutTo } from './cutover.ts';
import { control, type RolloutDeps, recordState } from './deps.ts';
import { knownByNow } from './instances/exit-reason.ts';
import { lastLines } from './instances/launch.ts';
import { recordOwner } from './record-owner.ts';
import { type Member, type OpenUpdate, othersOf, type Session } from './session.ts';
import { finishUpdate } from './update-report.ts';

/** @param why what noticed it; `instance_died` or `rejected`, with a message that a person understands */
export function failOver(deps: RolloutDeps, session: Session, member: Member, why: HairemError): void {
  if (member.gone.signal.aborted) return;
  const { role } = member;
  member.gone.abort(why);
  if (role === 'candidate' || role === 'leaving') return; // whoever waits for it takes it away
  member.role = 'leaving';
  recover(deps, session, { member, role, why }).catch((error) => {
    deps.onError(`recovering from the loss of ${member.user}`, error);
    forgetAll(session);
    deps.wake();
  });
}

interface Loss {
  member: Member;
  role: 'owner' | 'draining' | 'spare';
  why: HairemError;
}

async function recover(deps: RolloutDeps, session: Session, loss: Loss): Promise<void> {
  if (loss.role === 'owner') await replaceOwner(deps, session, loss);
  else if (loss.role === 'draining') await adoptFrom(deps, session, loss.member, { fence: true });
  else await deps.bus.deleteUser(loss.member.user);
  await bury(deps, session, loss.member);
}

/** Rule 11: who may take over, best first: one that still drains, the spare, a complete candidate. */
export function successorOf(session: Session, dead: Member): Member | null {
  const alive = othersOf(session, dead).filter((m) => !m.gone.signal.aborted && m.complete);
  const rank = ['draining', 'spare', 'candidate'];
  return alive.sort((a, b) => rank.indexOf(a.role) - rank.indexOf(b.role))[0] ?? null;
}

async function replaceOwner(deps: RolloutDeps, session: Session, { member, why }: Loss): Promise<void> {
  const successor = successorOf(session, member);
  if (!successor) return crash(deps, session, { member, role: 'owner', why });
  const wasCandidate = successor.role === 'candidate';
  if (!wasCandidate) {
    abortCandidates(session);
    condemn(session, { dead: member, successor, why });
  }
  const update = session.update?.to === member.hash ? session.update : updateOf(deps, session, member);
  const cut = cutTo(deps, session, successor, [member]);
  const ms = await cut.active;
  await recordOwner(deps, session, successor);
  if (wasCandidate) return; // its own swap goes on and ends well
  const log = await lastLines(deps, member);
  finishUpdate(deps, session, { result: 'reverted', error: why, log, revertMs: ms }, update);
}

/** The update that brought the dead one: reported well before, and now again, as reverted. */
function updateOf(deps: RolloutDeps, { lastUpdate: last }: Session, dead: Member): OpenUpdate {
  return {
    lane: last?.lane ?? 'code',
    because: last?.because ?? 'unknown',
    from: last?.from ?? null,
    to: dead.hash ?? '',
    seenAt: deps.clock.now(),
    ms: last?.ms ?? null,
    waitsSince: null,
    cutMs: last?.cut_ms ?? null,
    at: deps.clock.timestamp(),
  };
}

/**
 * Not tried again until the bundle changes or a user asks: it would take the agent down again and again. An instance
 * that ended because Redis went away (rule 9) says nothing about its version.
 */
function condemn(
  session: Session,
  { dead, successor, why }: { dead: Member; successor: Member; why: HairemError },
): void {
  const { hash, secretsHash: secrets } = dead;
  if (!hash || (hash === successor.hash && secrets === successor.secretsHash) || session.outage) return;
  const scope = hash === successor.hash ? 'secrets' : 'version';
  session.stored = { ...session.stored, condemned: { hash, secrets, scope, because: why.message } };
}

/** The swap that they belong to is done again, after the revert. */
function abortCandidates(session: Session): void {
  const again = new OurError('conflict', 'the active instance died meanwhile; the swap is done again');
  for (const member of session.members.values()) if (member.role === 'candidate') member.gone.abort(again);
}

/** Until its last words are read it stays the owner, so that nobody is started before the crash is noted. */
async function crash(deps: RolloutDeps, session: Session, { member, why }: Loss): Promise<void> {
  const { update } = session;
  abortCandidates(session);
  const log = await lastLines(deps, member);
  session.owner = null;
  const because = knownByNow(why.message, member);
  deps.emit(session.agent, { type: 'crashed', inst: member.inst, because, log, lost: null });
  finishUpdate(deps, session, { result: 'failed', error: why, log }, update);
}

/** User and container go; the others hear whether a window is still open. */
async function bury(deps: RolloutDeps, session: Session, member: Member): Promise<void> {
  if (session.spare === member) session.spare = null;
  if (session.owner === member) session.owner = null;
  if (!session.spare) session.windowEnds = null;
  const window = othersOf(session, member).length > 1 ? 'open' : 'closed';
  await deps.bus.deleteUser(member.user);
  await control(deps, session.agent, { type: 'retire', inst: member.inst, window });
  if (member.containerId) await deps.host.removeContainer(member.containerId);
  session.members.delete(member.inst);
  session.epoch += 1;
  recordState(deps, member, 'GONE');
  deps.wake();
}

/** What is true now is found out by asking the instances again (rule 16). */
export function forgetAll(session: Session): void {
  for (const member of session.members.values()) {
    member.role = 'leaving';
    member.gone.abort(new OurError('conflict', 'the hand-over starts again from what is there'));
  }
  session.members.clear();
  session.epoch += 1;
  session.owner = null;
  session.spare = null;
  session.windowEnds = null;
  session.update = null;
}
