/** Wires what the orchestrator itself answers on `svc:…`, by the same rules as the services (BUS.md, rule 14). */
import type { AgentId, InstanceNumber } from './domain/agent.ts';
import type { Registry } from './domain/crew-control.ts';
import type { OwnModel, Usage } from './domain/language-model.ts';
import type { Log } from './domain/log.ts';
import type { Bus, Clock } from './domain/ports.ts';
import type { Journal } from './domain/stores.ts';
import type { Actor } from './loop/actor.ts';
import { ownModel } from './secrets/own-model.ts';
import { createCrewService } from './services/crew/crew-service.ts';
import { serve } from './services/serve.ts';
import type { SwapDeps } from './swap/deps.ts';

export interface ServeCrew {
  bus: Bus;
  swap: Pick<SwapDeps, 'emit' | 'secretsOf'>;
  actors: ReadonlyMap<AgentId, Actor>;
  registry: Registry;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

const FORGET_MS = 10_000;
/** Nothing of it costs anything: what is asked again is looked up again. */
const noJournal: Journal = { find: async () => null, keep: async () => {} };

/** Ends with the signal. */
export function serveCrew({ bus, swap, actors, registry, clock, log, signal }: ServeCrew): void {
  const modelOf = (agent: AgentId, inst: InstanceNumber): OwnModel | null => {
    const session = actors.get(agent)?.session;
    const version = session?.members.get(inst)?.version ?? session?.stored.running;
    return version ? ownModel(agent, version.soft.llm_config, swap.secretsOf(version).values) : null;
  };
  const noteUsage = (agent: AgentId, usage: Usage) => {
    const record = registry.get(agent);
    if (record && !isShown(record, usage)) swap.emit(agent, { type: 'usage', usage });
  };
  const server = serve({ services: [createCrewService({ modelOf, noteUsage })], bus, journal: noJournal, clock, log });
  bus.onMessage((channel, text) => {
    if (channel.startsWith('svc:')) server.take(channel, text);
  });
  const forgetting = setInterval(() => server.forgetOld(), FORGET_MS);
  signal.addEventListener('abort', () => {
    clearInterval(forgetting);
    server.close();
  });
}

function isShown(shown: Usage, usage: Usage): boolean {
  return shown.total_tokens === usage.total_tokens && shown.cost === usage.cost;
}
