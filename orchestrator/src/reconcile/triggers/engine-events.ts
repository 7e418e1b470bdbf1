/** The engine's events are hints: an instance that died is lost at once, everything else only wakes the loop. */
import { setTimeout as sleep } from 'node:timers/promises';
import { inNet } from '../../async/listeners.ts';
import type { AgentId } from '../../domain/agent.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import type { SystemEvent } from '../../domain/event.ts';
import type { EngineEvent } from '../../domain/ports/ports.ts';
import type { RolloutDeps } from '../../rollout/deps.ts';
import { failOver } from '../../rollout/failover.ts';
import { exitReasonOf, outOfMemory } from '../../rollout/instances/exit-reason.ts';
import type { Member } from '../../rollout/session.ts';
import type { Actor } from '../agent-worker.ts';

const AGAIN_MS = 1_000;

export interface FollowEngine {
  swap: RolloutDeps;
  actors: ReadonlyMap<AgentId, Actor>;
  system(key: SystemEvent['key'], ok: boolean, because: string): void;
  signal: AbortSignal;
  /** @param agent whose container ended; null where it may be anything */
  onChange(agent: AgentId | null): void;
}

/** Runs until the signal aborts; a stream that breaks is opened again, and the engine looked at in between. */
export async function followEngineEvents({ swap, actors, signal, onChange }: FollowEngine): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const event of swap.host.events(signal)) {
        inNet(
          () => take(swap, actors, event),
          'an event of the engine',
          (error, about) => swap.onError(about, error),
        );
        if (event.kind === 'die') onChange(event.agent);
      }
    } catch {
      // the loop's own look at the engine says what is wrong with it
    }
    onChange(null);
    await sleep(AGAIN_MS, undefined, { signal }).catch(() => {});
  }
}

function take(
  swap: RolloutDeps,
  actors: ReadonlyMap<AgentId, Actor>,
  { kind, agent, inst, container, exitCode }: EngineEvent,
): void {
  const session = agent === null ? null : actors.get(agent)?.session;
  const member = inst === null ? null : session?.members.get(inst);
  if (!session || !member || (container !== null && container !== member.containerId)) return;
  if (kind === 'oom') noteOom(swap, member);
  if (kind !== 'die') return;
  const { oomKilled } = member;
  failOver(
    swap,
    session,
    member,
    new HairemError('instance_died', exitReasonOf({ inst: member.inst, exitCode, oomKilled })),
  );
}

/** It comes before the `die` where it is the end; where it is not, only this says why something is missing. */
function noteOom(swap: RolloutDeps, member: Member): void {
  if (!member.oomKilled) swap.emit(member.agent, { type: 'warning', key: 'memory', message: outOfMemory(member.inst) });
  member.oomKilled = true;
}
