/** What the services need of the crew for language models, and what of them the records show. */
import type { AgentId, InstanceNumber } from '../domain/agent.ts';
import type { Registry } from '../domain/crew-control.ts';
import type { AgentFact } from '../domain/event.ts';
import type { OwnModel, SharedModel, Usage } from '../domain/language-model.ts';
import type { SwapDeps } from '../swap/deps.ts';
import type { Actor } from './actor.ts';

type Config = OwnModel['llm_config'];

export interface LanguageModels {
  /** Null where there is no such instance. */
  modelOf(agent: AgentId, inst: InstanceNumber): OwnModel | null;
  /** In all; said again and again, and an event when it has changed. */
  noteUsage(agent: AgentId, usage: Usage): void;
  /** What the system is configured with; said again and again, and an event for each agent whose model it changes. */
  noteShared(shared: SharedModel): void;
  /** What has become of an agent: another version may name another model. Called after the registry was told. */
  noteFact(agent: AgentId, fact: AgentFact): void;
}

interface Parts {
  swap: Pick<SwapDeps, 'emit' | 'secretsOf'>;
  actors: ReadonlyMap<AgentId, Actor>;
  registry: Pick<Registry, 'get'>;
  /** The part of a bundle's settings and secrets that is for its language model. */
  ownModel(agent: AgentId, config: Config, secrets: Readonly<Record<string, string>>): OwnModel;
  /** The name of the model that calls with these settings go to. */
  modelInUse(config: Config, shared: SharedModel): string | null;
}

const NOT_SAID: SharedModel = { provider: null, baseUrl: null, model: null };

export function createLanguageModels({ swap, actors, registry, ownModel, modelInUse }: Parts): LanguageModels {
  /** Of the versions that the records describe. */
  const configs = new Map<AgentId, Config>();
  let shared = NOT_SAID;

  const show = (agent: AgentId, config: Config) => {
    const model = modelInUse(config, shared);
    const record = registry.get(agent);
    if (record && record.llm_model !== model) swap.emit(agent, { type: 'model', model });
  };
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
    noteShared(said) {
      shared = said;
      for (const [agent, config] of configs) show(agent, config);
    },
    noteFact(agent, fact) {
      if (fact.type === 'removed') configs.delete(agent);
      if (fact.type !== 'active' && fact.type !== 'desired') return;
      // While an instance serves, the record is about that one, whatever the folder asks for.
      if (fact.type === 'desired' && registry.get(agent)?.instance != null) return;
      configs.set(agent, fact.version.soft.llm_config);
      show(agent, fact.version.soft.llm_config);
    },
  };
}

function isShown(shown: Usage, usage: Usage): boolean {
  return shown.total_tokens === usage.total_tokens && shown.cost === usage.cost;
}
