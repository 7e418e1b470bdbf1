/** What instances say outside the waits of a hand-over: signs of life, a new connection, a failure of their own. */
import type { AgentId } from '../domain/agent.ts';
import type { StatusMessage } from '../domain/control.ts';
import { HairemError } from '../domain/errors.ts';
import { control, type SwapDeps } from './deps.ts';
import { lose } from './lose.ts';
import type { Member, Session } from './member.ts';
import { endOutage } from './outage.ts';
import type { StatusOf } from './voices.ts';

export function listen(deps: SwapDeps, sessions: { get(agent: AgentId): Session | undefined }): void {
  deps.voices.listen((agent, message) => {
    const session = sessions.get(agent);
    const member = session?.members.get(message.inst);
    if (!session || !member) return;
    member.heardAt = deps.clock.now();
    hear(deps, { session, member, message });
  });
}

function hear(
  deps: SwapDeps,
  { session, member, message }: { session: Session; member: Member; message: StatusMessage },
): void {
  const { agent } = session;
  switch (message.type) {
    case 'hello':
      if (member.role === 'owner' && message.state === 'ACTIVE') resume(deps, { session, member, conn: message.conn });
      break;
    case 'failed': {
      const stack = (message.error.stack ?? '').split('\n').slice(0, 20);
      const why = new HairemError('rejected', `${message.phase} failed: ${message.error.message}`, { log: stack });
      lose(deps, session, member, why);
      break;
    }
    case 'heartbeat':
      hearBeat(deps, { session, member, beat: message });
      break;
    case 'watermark':
      noteProgress(member, message, deps.clock.now());
      break;
    case 'gap':
      deps.emit(agent, { type: 'gap', since: message.since, until: message.until, lost: null });
      break;
    case 'abandoned':
      deps.emit(agent, { type: 'abandoned', ids: message.ids });
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
  deps: SwapDeps,
  { session, member, beat }: { session: Session; member: Member; beat: StatusOf<'heartbeat'> },
): void {
  const { agent } = session;
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
  if (member.tasks.hindered.length > before.hindered.length) deps.wake();
}

/** Rule 9: outside a window the owner may go on over a new connection, once it is told to. */
function resume(deps: SwapDeps, { session, member, conn }: { session: Session; member: Member; conn: string }): void {
  member.conn = conn;
  const { inst } = member;
  control(deps, session.agent, { type: 'resume', inst, term: session.stored.term, owner: inst }).catch((error) =>
    deps.onError(`resuming ${member.user}`, error),
  );
}
