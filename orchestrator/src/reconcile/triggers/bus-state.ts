/** Redis going and coming: what is under way is given up, and users stand again before any instance is let in. */
import type { AgentId } from '../../domain/agent.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import type { SystemEvent } from '../../domain/event.ts';
import type { Bus } from '../../domain/ports/ports.ts';
import type { RolloutDeps } from '../../rollout/deps.ts';
import { grantUser } from '../../rollout/instances/launch.ts';
import { beginOutage } from '../../rollout/instances/outage.ts';
import type { Actor } from '../agent-worker.ts';

export interface FollowBus {
  bus: Bus;
  swap: RolloutDeps;
  actors: ReadonlyMap<AgentId, Actor>;
  system(key: SystemEvent['key'], ok: boolean, because: string): void;
  /** Redis is back, perhaps in another container, which is on no agent's network yet. */
  onUp(): void;
}

export function followBusState({ bus, swap, actors, system, onUp }: FollowBus): { isUp: () => boolean } {
  let up = false;
  bus.onState((state) => {
    if (state === 'down') {
      up = false;
      system('bus', false, 'Redis is away; messages sent meanwhile are lost');
      const why = new HairemError('bus_unavailable', 'Redis went away');
      for (const { session } of actors.values()) beginOutage(session, swap.clock.timestamp());
      for (const actor of actors.values()) if (actor.running?.step.kind !== 'build') actor.running?.abort.abort(why);
      return;
    }
    restoreUsers(swap, actors).then(
      () => {
        up = true;
        system('bus', true, 'Redis answers');
        onUp();
      },
      (error) => swap.onError('restoring the users of Redis', error), // it went away again; the next `up` tries again
    );
  });
  return { isUp: () => up };
}

/** Those of living instances are made again, those of nobody are removed. */
async function restoreUsers(swap: RolloutDeps, actors: ReadonlyMap<AgentId, Actor>): Promise<void> {
  const members = [...actors.values()].flatMap(({ session }) => [...session.members.values()]);
  const alive = members.filter((member) => member.role !== 'leaving' && !member.gone.signal.aborted);
  for (const member of alive) await grantUser(swap, member);
  const { containers } = await swap.host.observe().catch(() => ({ containers: null }));
  if (!containers) return;
  const needed = new Set([...alive.map((m) => m.user), ...containers.map((c) => `${c.agent}.${c.inst}`)]);
  for (const user of await swap.bus.listUsers()) if (!needed.has(user)) await swap.bus.deleteUser(user);
}
