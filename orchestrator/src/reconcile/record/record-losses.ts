/** What the engine's events did not tell: a container that ended, or is gone. */
import { HairemError } from '../../domain/errors/errors.ts';
import type { Observation } from '../../domain/observation.ts';
import type { RolloutDeps } from '../../rollout/deps.ts';
import { failOver } from '../../rollout/failover.ts';
import { exitReasonOf } from '../../rollout/instances/exit-reason.ts';
import type { Actor } from '../agent-worker.ts';

export function recordLosses(swap: RolloutDeps, { session }: Actor, observation: Observation): void {
  for (const member of session.members.values()) {
    if (!member.containerId || member.role === 'leaving') continue;
    const container = observation.containers.find((c) => c.id === member.containerId);
    if (container?.status === 'running') continue;
    const why = container
      ? exitReasonOf({ ...container, oomKilled: container.oomKilled || member.oomKilled })
      : `the container of instance ${member.inst} was removed`;
    failOver(swap, session, member, new HairemError('instance_died', why));
  }
}
