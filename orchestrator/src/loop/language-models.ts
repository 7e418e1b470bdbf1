/** What the services need of the crew for language models: an instance's own settings, and where its use is shown. */
import type { AgentId, InstanceNumber } from '../domain/agent.ts';
import type { Registry } from '../domain/crew-control.ts';
import type { OwnModel, Usage } from '../domain/language-model.ts';
import type { SwapDeps } from '../swap/deps.ts';
import type { Actor } from './actor.ts';

export interface LanguageModels {
  /** Null where there is no such instance. */
  modelOf(agent: AgentId, inst: InstanceNumber): OwnModel | null;
  /** In all; said again and again, and an event when it has changed. */
  noteUsage(agent: AgentId, usage: Usage): void;
}

interface Parts {
  swap: Pick<SwapDeps, 'emit' | 'secretsOf'>;
  actors: ReadonlyMap<AgentId, Actor>;
  registry: Pick<Registry, 'get'>;
  /** The part of a bundle's settings and secrets that is for its language model. */
  ownModel(agent: AgentId, config: OwnModel['llm_config'], secrets: Readonly<Record<string, string>>): OwnModel;
}

export function createLanguageModels({ swap, actors, registry, ownModel }: Parts): LanguageModels {
  return {
    modelOf(agent, inst) {
      const session = actors.get(agent)?.session;
      const version = session?.members.get(inst)?.version ?? session?.stored.running;
      return version ? ownModel(agent, version.soft.llm_config, swap.secretsOf(version).values) : null;
    },
    noteUsage(agent, usage) {
      const record = registry.get(agent);
      if (record && !isShown(record, usage)) swap.emit(agent, { type: 'usage', usage });
    },
  };
}

function isShown(shown: Usage, usage: Usage): boolean {
  return shown.total_tokens === usage.total_tokens && shown.cost === usage.cost;
}
