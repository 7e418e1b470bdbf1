/** What stands between the bus and those who listen to it: a gauge for each speaker, and the fence for who goes on. */

import { createGauge, type Gauge, metered, type Speaker } from '../../bus/limits/metered-bus.ts';
import { AMONG_AGENTS } from '../../bus/limits/sender-gauge.ts';
import type { AgentId } from '../../domain/agent.ts';
import type { NoteFailure } from '../../domain/errors/failures.ts';
import type { Bus } from '../../domain/ports/ports.ts';
import type { RolloutDeps } from '../../rollout/deps.ts';
import { failOver } from '../../rollout/failover.ts';
import type { Actor } from '../agent-worker.ts';
import { createFence, type Fence } from './fence.ts';
import { type WatchRedis, watchRedis } from './watch-redis.ts';

export interface GuardedBus<T> {
  /** The loop's bus, which hears what is said to people, too. */
  bus: T;
  /** The gauge for what agents say to each other. */
  amongAgents: Gauge;
  fence: Fence;
  /** Looks at Redis, too, until the signal aborts. Never rejects. */
  watch(around: Pick<WatchRedis, 'isUp' | 'isOurs' | 'networks'>, signal: AbortSignal): Promise<void>;
}

interface Parts<T> {
  bus: T;
  people: Pick<Bus, 'onMessage'>;
  actors: ReadonlyMap<AgentId, Actor>;
  clock: RolloutDeps['clock'];
  note: NoteFailure;
  /** The parts of the hand-over are made with the bus that this makes. */
  swap(): RolloutDeps;
}

export function guardBus<T extends Bus>({ bus, people, actors, clock, note, swap }: Parts<T>): GuardedBus<T> {
  const fence: Fence = (who, kind, what) => {
    const deps = swap();
    createFence({
      actors,
      swap: { ...deps, failOver: (session, member, why) => failOver(deps, session, member, why) },
    })(who, kind, what);
  };
  const overheard = {
    clock,
    onThrottled: ({ agent }: Speaker, what: string) => swap().report(agent, 'flood', `${what}; the rest is not heard`),
    onFlood: (who: Speaker, what: string) => fence(who, 'flood', what),
    onForged: ({ agent }: Speaker, what: string) => swap().report(agent, 'forged', what),
  };
  const core = createGauge(overheard);
  const amongAgents = createGauge({ ...overheard, budgets: AMONG_AGENTS });
  return {
    bus: metered([bus, people], core, note),
    amongAgents,
    fence,
    watch(around, signal) {
      const { report } = swap();
      return watchRedis({ ...around, bus, clock, gauges: [core, amongAgents], fence, report }, signal);
    },
  };
}
