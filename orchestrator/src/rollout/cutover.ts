/** The cut (rules 6 and 8): makes one instance the owner, and fences the dead in the same transaction. */
import { randomUUID } from 'node:crypto';
import { HairemError } from '../domain/errors/errors.ts';
import type { ControlMessage } from '../domain/messages/control.ts';
import { control, type RolloutDeps, recordState } from './deps.ts';
import type { Member, Session } from './session.ts';

const CUT_MS = 3_000;

export interface Cut {
  /** Milliseconds from the publish until the new owner said `active`. */
  active: Promise<number>;
  /** Rejects with not_ready when an instance that is alive did not acknowledge; `silent` names them. */
  acked: Promise<Member[]>;
}

/**
 * Publishes the cut; from the call on, in the same tick, `to` is the owner in the session.
 * @param dead instances whose unfinished entries `to` takes over; their users are removed first
 */
export function cutTo(deps: RolloutDeps, session: Session, to: Member, dead: readonly Member[] = []): Cut {
  const { agent } = session;
  const term = session.stored.term + 1;
  session.stored = { ...session.stored, term };
  const former = session.owner;
  if (former && former !== to && former.role === 'owner') former.role = 'draining';
  if (session.spare === to) session.spare = null;
  to.role = 'owner';
  session.owner = to;
  const alive = [...session.members.values()].filter(
    (m) => m.conn !== '' && !m.gone.signal.aborted && !dead.includes(m),
  );
  const id = randomUUID();
  const message: ControlMessage = {
    type: 'cut',
    id,
    term,
    to: to.inst,
    adopt: dead.map((m) => m.inst),
    conns: Object.fromEntries(alive.map((m) => [String(m.inst), m.conn])),
  };
  const heard = deps.statusInbox.hear({
    agent,
    inst: to.inst,
    type: 'active',
    deadlineMs: CUT_MS,
    signal: to.gone.signal,
  });
  const others = alive.filter((m) => m !== to && m.role !== 'leaving');
  const acks = others.map((m) => acknowledged(deps, m, id));
  const began = deps.clock.now();
  const sent = publish(deps, session, { message, dead }).then(() => deps.reached('cut-published'));
  const active = sent
    .then(() => heard)
    .then(() => {
      recordState(deps, to, 'ACTIVE');
      return deps.clock.now() - began;
    });
  const acked = sent.then(() => Promise.all(acks)).then((silent) => silent.filter((m) => m !== null));
  active.catch(() => {});
  acked.catch(() => {});
  return { active, acked };
}

/** Rule 8: nobody takes over from an instance that could still speak. */
async function publish(
  deps: RolloutDeps,
  session: Session,
  { message, dead }: { message: ControlMessage; dead: readonly Member[] },
): Promise<void> {
  const [last, ...rest] = [...dead].reverse();
  for (const member of rest) await deps.bus.deleteUser(member.user);
  if (last) await deps.bus.fenceAndPublish(last.user, `ctl:${session.agent}`, message);
  else await control(deps, session.agent, message);
}

/** Null when it acknowledged or died; itself when it is alive and silent, or refused. */
async function acknowledged(deps: RolloutDeps, member: Member, cut: string): Promise<Member | null> {
  const { agent, inst } = member;
  const signal = member.gone.signal;
  const about = { agent, inst, matches: (m: { cut: string }) => m.cut === cut, deadlineMs: CUT_MS };
  const heard = new AbortController();
  const either = AbortSignal.any([signal, heard.signal]);
  try {
    const answer = await Promise.race([
      deps.statusInbox.hear({ ...about, type: 'cut_ack', signal: either }),
      deps.statusInbox.hear({ ...about, type: 'cut_refused', signal: either }),
    ]);
    return answer.type === 'cut_ack' ? null : member;
  } catch {
    return signal.aborted ? null : member;
  } finally {
    heard.abort(new HairemError('timeout', 'answered'));
  }
}

/** Hands the unfinished entries of a dead one to the owner. */
export function adoptFrom(
  deps: RolloutDeps,
  session: Session,
  from: Member,
  { fence }: { fence: boolean },
): Promise<void> {
  const to = session.owner;
  if (!to) return Promise.resolve();
  const message: ControlMessage = { type: 'adopt', id: randomUUID(), to: to.inst, from: [from.inst] };
  if (fence) return deps.bus.fenceAndPublish(from.user, `ctl:${session.agent}`, message);
  return control(deps, session.agent, message);
}
