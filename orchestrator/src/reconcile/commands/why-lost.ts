/**
 * Why nobody will answer what an agent was asked until now: each instance that heard it has ended, and none took it
 * over. What is handed over, to a spare or to whoever is cut to, is answered by whoever has it then. Pure.
 */
import { HairemError } from '../../domain/errors/errors.ts';
import type { AgentEvent } from '../../domain/event.ts';
import type { Member, Role } from '../../rollout/session.ts';
import type { Actor } from '../agent-worker.ts';
import { whyUndelivered } from './why-undelivered.ts';

/** What they have heard is theirs to answer, or their successor's. */
const ANSWERING: readonly Role[] = ['owner', 'draining', 'spare'];

/**
 * @param event what has just happened to it
 * @returns null where somebody may answer still, or where nothing has ended
 */
export function whyLost(actor: Actor, event: AgentEvent): HairemError | null {
  const { id, session } = actor;
  const look = `\`./hairem logs ${id}\` says more, then ask again`;
  if (event.type === 'crashed') return died(`${id} ended while it had this message: ${event.because}; ${look}`);
  if (event.type !== 'state' || [...session.members.values()].some((one) => one.inst !== event.inst && answers(one)))
    return null;
  // It has heard nothing so far: it counts from its first mark on, which is said after this.
  if (event.state === 'CONNECTED') return died(`${id} was started anew and does not have this message; ask again`);
  if (event.state !== 'GONE') return null;
  const why = whyUndelivered(actor, { now: 0, mayRun: () => false, isAwaited: true, until: () => '' });
  return died(`${id} ended while it had this message: ${why?.message ?? look}`);
}

const answers = ({ role, complete }: Member) => ANSWERING.includes(role) || (role === 'candidate' && complete);

const died = (message: string) => new HairemError('instance_died', message);
