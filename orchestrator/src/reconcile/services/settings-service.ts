/** What the orchestrator answers to the services process: how an instance's language model is configured, what it cost. */
import * as z from 'zod';
import type { AgentId, InstanceNumber } from '../../domain/agent.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import type { InstanceModel, SharedModel, Usage } from '../../domain/llm/language-model.ts';
import type { OverheardWords } from '../../domain/messages/service-call.ts';
import type { StoreWords } from '../../domain/messages/store-call.ts';
import { type Call, operation, type Service } from '../../rpc/operation.ts';

export interface CrewServiceOptions {
  /** Null where there is no such instance. */
  modelOf(agent: AgentId, inst: InstanceNumber): InstanceModel | null;
  /** What agents have used in all; said after each call and again from time to time. */
  noteUsage(agent: AgentId, usage: Usage): void;
  /** What the system is configured with; said every ten seconds. */
  noteShared(shared: SharedModel): void;
  /** Bytes that the database of an agent may have. */
  quotaOf(agent: AgentId): number;
  /** How the store is, and the services themselves; said every ten seconds, and when it changes. */
  noteStore(words: StoreWords): void;
  /** An agent asks them for too much. */
  noteOverheard(words: OverheardWords): void;
  /** Whatever they ask or say shows that the services are there; they do every ten seconds. */
  onWord(): void;
}

const model = z.object({ agent: z.string(), inst: z.int() });
const text = z.string().nullable();
const here = z.object({ llm: z.object({ provider: text, base_url: text, model: text }) });
const count = z.number().nonnegative();
const usage = z.object({ prompt_tokens: count, completion_tokens: count, total_tokens: count, cost: count });

/** What agents had a part in is bounded where it is made; these are the bounds of what one message may say. */
const line = z.string().max(2_000);
const store = z.object({
  sizes: z.record(z.string(), count),
  deaths: z.array(z.object({ id: z.string().max(200), agent: z.string().max(64), message: line })).max(100),
  troubles: z.array(line).max(100),
  restarts: line.nullable(),
});

const overheard = z.object({ agent: z.string().max(64), inst: z.int().positive(), message: line, ends: z.boolean() });

export function createCrewService(options: CrewServiceOptions): Service {
  const { modelOf, quotaOf, noteOverheard, noteShared, noteStore, noteUsage, onWord } = options;
  const heed = (call: Call) => {
    mustBeServices(call);
    onWord();
  };
  return {
    name: 'crew',
    perAgent: 100,
    operations: {
      model: operation({
        args: model,
        async run({ agent, inst }, call) {
          heed(call);
          const own = modelOf(agent, inst);
          if (!own) throw new HairemError('not_found', `there is no instance ${inst} of ${agent}`);
          return own;
        },
      }),
      quota: operation({
        args: z.object({ agent: z.string() }),
        async run({ agent }, call) {
          heed(call);
          return { database_bytes: quotaOf(agent) };
        },
      }),
      store: operation({
        args: store,
        async run(words, call) {
          heed(call);
          noteStore(words);
        },
      }),
      overheard: operation({
        args: overheard,
        async run(words, call) {
          heed(call);
          noteOverheard(words);
        },
      }),
      here: operation({
        args: here,
        async run({ llm: { provider, base_url, model } }, call) {
          heed(call);
          noteShared({ provider, baseUrl: base_url, model });
        },
      }),
      usage: operation({
        args: z.object({ agents: z.record(z.string(), usage) }),
        async run({ agents }, call) {
          heed(call);
          for (const [agent, used] of Object.entries(agents)) noteUsage(agent, used);
        },
      }),
    },
  };
}

/** An agent may publish `svc:crew:<its id>:…`; keys of others are none of its business. */
function mustBeServices({ agent }: Call): void {
  if (agent !== 'system') throw new HairemError('refused', 'only the services may ask that');
}
