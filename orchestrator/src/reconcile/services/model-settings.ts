/** What the services need of the crew for language models, and what of them the records show. */
import type { AgentId, InstanceNumber } from '../../domain/agent.ts';
import type { AgentFact } from '../../domain/event.ts';
import type { Grants } from '../../domain/grants.ts';
import type { InstanceModel, ModelRights, OwnModel, SharedModel, Usage } from '../../domain/llm/language-model.ts';
import type { Registry } from '../../domain/ports/agents-control.ts';
import type { Version } from '../../domain/version.ts';
import type { RolloutDeps } from '../../rollout/deps.ts';
import type { Actor } from '../agent-worker.ts';

type Config = OwnModel['llm_config'];

export interface LanguageModels {
  /** Null where there is no such instance. */
  modelOf(agent: AgentId, inst: InstanceNumber): InstanceModel | null;
  /** In all; said again and again, and an event when it has changed. */
  noteUsage(agent: AgentId, usage: Usage): void;
  /** What the system is configured with; said again and again, and an event for each agent whose model it changes. */
  noteShared(shared: SharedModel): void;
  /** What has become of an agent: another version may name another model. Called after the registry was told. */
  noteFact(agent: AgentId, fact: AgentFact): void;
}

interface Parts {
  swap: Pick<RolloutDeps, 'emit' | 'secretsOf'>;
  actors: ReadonlyMap<AgentId, Actor>;
  registry: Pick<Registry, 'get'>;
  /** What the owner lets each agent do. */
  grants: Grants;
  /** The part of a bundle's settings and secrets that is for its language model. */
  ownModel(agent: AgentId, config: Config, secrets: Readonly<Record<string, string>>): OwnModel;
  /** The name of the model that calls with these settings go to. */
  modelInUse(config: Config, shared: SharedModel): string | null;
  /** Why calls with these settings are refused for where they go; null where they are not. */
  modelRefusal(own: InstanceModel, shared: SharedModel): string | null;
}

/** Of a version: what it asks for of language models. */
interface Wish {
  config: Config;
  egress: boolean;
}

const NOT_SAID: SharedModel = { provider: null, baseUrl: null, model: null };

export function createLanguageModels(parts: Parts): LanguageModels {
  const { swap, actors, registry, grants, ownModel, modelInUse, modelRefusal } = parts;
  /** Of the versions that the records describe. */
  const wishes = new Map<AgentId, Wish>();
  let shared: SharedModel | null = null;

  const rightsOf = (agent: AgentId, egress: boolean): ModelRights => {
    const { modelAddresses, models, tokensPerDay, costPerDay } = grants(agent);
    return { egress, grant: { modelAddresses, models, tokensPerDay, costPerDay } };
  };
  const show = (agent: AgentId, { config, egress }: Wish) => {
    const model = modelInUse(config, shared ?? NOT_SAID);
    const record = registry.get(agent);
    if (!record) return;
    if (record.llm_model !== model) swap.emit(agent, { type: 'model', model });
    // What the system's own address is, only the services say.
    if (shared === null) return;
    const own = { llm_config: config, api_key: null, ...rightsOf(agent, egress) };
    const message = modelRefusal(own, shared);
    const before = record.warnings.find((line) => line.startsWith('model: '));
    if ((before ?? null) !== (message && `model: ${message}`))
      swap.emit(agent, { type: 'warning', key: 'model', message });
  };
  return {
    modelOf(agent, inst) {
      const session = actors.get(agent)?.session;
      const version = session?.members.get(inst)?.version ?? session?.stored.running;
      if (!version) return null;
      const own = ownModel(agent, version.soft.llm_config, swap.secretsOf(version).values);
      return { ...own, ...rightsOf(agent, version.spec.egress === 'internet') };
    },
    noteUsage(agent, usage) {
      const record = registry.get(agent);
      if (record && !isShown(record, usage)) swap.emit(agent, { type: 'usage', usage });
    },
    noteShared(said) {
      shared = said;
      for (const [agent, wish] of wishes) show(agent, wish);
    },
    noteFact(agent, fact) {
      if (fact.type === 'removed') wishes.delete(agent);
      if (fact.type !== 'active' && fact.type !== 'desired') return;
      // While an instance serves, the record is about that one, whatever the folder asks for.
      if (fact.type === 'desired' && registry.get(agent)?.instance != null) return;
      const wish = wishOf(fact.version);
      wishes.set(agent, wish);
      show(agent, wish);
    },
  };
}

function wishOf({ soft, spec }: Version): Wish {
  return { config: soft.llm_config, egress: spec.egress === 'internet' };
}

function isShown(shown: Usage, usage: Usage): boolean {
  return shown.total_tokens === usage.total_tokens && shown.cost === usage.cost;
}
