/**
 * An agent that harms others is fenced: its user at Redis goes first, which ends its connections (BUS.md, rule 8), then
 * it is lost as one that died, so its spare or the version before takes over. With nobody to take over it is held back,
 * longer each time, so that it cannot come back and harm again.
 */

import type { Speaker } from '../../bus/limits/metered-bus.ts';
import type { AgentId } from '../../domain/agent.ts';
import { userOf } from '../../domain/agent.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import type { SecurityKind } from '../../domain/security.ts';
import type { RolloutDeps } from '../../rollout/deps.ts';
import { successorOf } from '../../rollout/failover.ts';
import type { Member, Session } from '../../rollout/session.ts';
import type { Actor } from '../agent-worker.ts';

export type Fence = (who: Speaker, kind: SecurityKind, what: string) => void;

const FIRST_HOLD_MS = 30_000;
const LONGEST_HOLD_MS = 60 * 60_000;
/** After so long without another it begins with a short hold again. */
const FORGIVEN_MS = 6 * 60 * 60_000;

interface Tools {
  swap: Pick<RolloutDeps, 'emit' | 'report' | 'onError'> & {
    bus: Pick<RolloutDeps['bus'], 'deleteUser'>;
    clock: Pick<RolloutDeps['clock'], 'now' | 'timestamp'>;
    /** `failOver` of the hand-over. */
    failOver(session: Session, member: Member, why: HairemError): void;
  };
  actors: ReadonlyMap<AgentId, Actor>;
}

/** Where a channel names an agent and no instance, the newest is taken: it is the one that nobody knows yet. */
export function createFence({ swap, actors }: Tools): Fence {
  return ({ agent, inst }, kind, what) => {
    const actor = actors.get(agent);
    const members = [...(actor?.session.members.values() ?? [])].filter((member) => !member.gone.signal.aborted);
    const newest = members.sort((one, other) => other.inst - one.inst)[0];
    const member = inst === null ? newest : members.find((one) => one.inst === inst);
    if (!actor || (!member && inst === null)) return; // it goes already
    const user = member?.user ?? userOf(agent, inst ?? 0);
    swap.bus.deleteUser(user).catch((error) => swap.onError(`deleting the user ${user}`, error));
    swap.report(agent, kind, `${what}; instance ${member?.inst ?? inst} is cut off the bus and stopped`);
    if (member) end(swap, { actor, member, what });
  };
}

/** Deleted is asked for before, on the same connection: so it comes first. */
function end(swap: Tools['swap'], { actor, member, what }: { actor: Actor; member: Member; what: string }): void {
  const { session } = actor;
  const because = `cut off the bus: ${what}`;
  if (session.owner === member && !successorOf(session, member)) hold(swap, actor, because);
  swap.failOver(session, member, new HairemError('rejected', because));
}

function hold({ clock, emit }: Tools['swap'], actor: Actor, because: string): void {
  const now = clock.now();
  const times = actor.held && now - actor.held.at < FORGIVEN_MS ? actor.held.times + 1 : 1;
  const ms = Math.min(LONGEST_HOLD_MS, FIRST_HOLD_MS * 2 ** (times - 1));
  actor.held = { times, at: now, until: now + ms };
  const retryAt = new Date(Date.parse(clock.timestamp()) + ms).toISOString();
  emit(actor.id, { type: 'backoff', because, code: 'rejected', tries: times, retry_at: retryAt });
}
