/** What instances say outside the waits of a hand-over: signs of life, a new connection, a failure of their own. */
import type { AgentId } from '../../domain/agent.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import type { AgentFact } from '../../domain/event.ts';
import type { StatusMessage } from '../../domain/messages/control.ts';
import { control, type RolloutDeps } from '../deps.ts';
import { failOver } from '../failover.ts';
import type { Member, Session } from '../session.ts';
import { boundHeartbeat } from './heartbeat-bounds.ts';
import { endOutage } from './outage.ts';
import type { StatusOf } from './status-inbox.ts';

const FACTS_MS = 60_000;
const MOST_FACTS = 20;

export function listen(deps: RolloutDeps, sessions: { get(agent: AgentId): Session | undefined }): void {
  deps.statusInbox.listen((agent, message) => {
    const session = sessions.get(agent);
    const member = session?.members.get(message.inst);
    if (!session || !member) return;
    member.heardAt = deps.clock.now();
    hear(deps, { session, member, message });
  });
}

function hear(
  deps: RolloutDeps,
  { session, member, message }: { session: Session; member: Member; message: StatusMessage },
): void {
  switch (message.type) {
    case 'hello':
      if (member.role === 'owner' && message.state === 'ACTIVE') {
        resume(deps, { session, member, conn: message.conn });
        beginAnew(session);
      }
      break;
    case 'failed': {
      const stack = (message.error.stack ?? '').split('\n').slice(0, 20);
      const why = new HairemError('rejected', `${message.phase} failed: ${message.error.message}`, { log: stack });
      failOver(deps, session, member, why);
      break;
    }
    case 'heartbeat':
      hearBeat(deps, { session, member, said: message });
      break;
    case 'watermark':
      noteProgress(member, message, deps.clock.now());
      break;
    case 'gap':
      emitSome(deps, member, { type: 'gap', since: message.since, until: message.until, lost: null });
      break;
    case 'abandoned':
      emitSome(deps, member, { type: 'abandoned', ids: message.ids });
      break;
    default:
      break; // the rest is waited for where it is needed
  }
}

/** Its oldest unfinished message has ended; a new base counts anew. */
function noteProgress(member: Member, { base, low }: StatusOf<'watermark'>, now: number): void {
  const before = member.low;
  if (before?.base !== base || low > before.low) member.worksSince = now;
  member.low = { base, low };
}

/** Only the owner is shown; but what another leaves behind is said, too. */
function hearBeat(
  deps: RolloutDeps,
  { session, member, said }: { session: Session; member: Member; said: StatusOf<'heartbeat'> },
): void {
  const { agent } = session;
  const { beat, cut } = boundHeartbeat(said);
  const before = member.tasks;
  const stuck = beat.tasks.filter(({ state }) => state === 'stuck').map(({ name }) => name);
  member.tasks = { hindered: beat.hindered ?? [], stuck };
  if (stuck.length > before.stuck.length) {
    const message = `instance ${member.inst} left running, although cancelled: ${stuck.join(', ')}`;
    deps.emit(agent, { type: 'warning', key: 'tasks', message });
  }
  if (member !== session.owner) return;
  endOutage(deps, session, member);
  deps.emit(agent, { type: 'heartbeat', heartbeat: beat });
  sayCut(deps, member, cut);
  if (member.tasks.hindered.length > before.hindered.length) deps.wake();
}

/** Events that an instance brings about by a word of its own: a few, or it pushes those of others out of the ring. */
function emitSome(deps: RolloutDeps, member: Member, fact: AgentFact): void {
  const now = deps.clock.now();
  if (now - member.facts.since >= FACTS_MS) member.facts = { since: now, count: 0 };
  member.facts.count += 1;
  if (member.facts.count <= MOST_FACTS) deps.emit(member.agent, fact);
  else deps.report(member.agent, 'flood', `it reported \`${fact.type}\` more than ${MOST_FACTS} times in a minute`);
}

function sayCut(deps: RolloutDeps, member: Member, cut: readonly string[]): void {
  const fields = cut.join(', ');
  if (fields === member.cutFields) return;
  member.cutFields = fields;
  const message = `its heartbeats say more than a record shows; cut: ${fields}`;
  deps.emit(member.agent, { type: 'warning', key: 'heartbeat', message: fields === '' ? null : message });
}

/** Rule 3: the owner was away when it was marked for who is being proved, and would never say what that one waits for. */
function beginAnew({ members }: Session): void {
  const why = 'the owner has another connection, and may have missed what was said: it is begun anew';
  for (const { role, gone } of members.values()) if (role === 'candidate') gone.abort(new HairemError('conflict', why));
}

/** Rule 9: outside a window the owner may go on over a new connection, once it is told to. */
function resume(
  deps: RolloutDeps,
  { session, member, conn }: { session: Session; member: Member; conn: string },
): void {
  member.conn = conn;
  const { inst } = member;
  control(deps, session.agent, { type: 'resume', inst, term: session.stored.term, owner: inst }).catch((error) =>
    deps.onError(`resuming ${member.user}`, error),
  );
}
