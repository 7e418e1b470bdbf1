/** The services' own questions to the orchestrator, over the bus, and what they do while it is away. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { AgentId, InstanceNumber } from '../domain/agent.ts';
import { HairemError } from '../domain/errors/errors.ts';
import { type InstanceModel, NO_MODEL_RIGHTS, type SharedModel, type Usage } from '../domain/llm/language-model.ts';
import { type OverheardWords, SERVICES_ASK } from '../domain/messages/service-call.ts';
import type { StoreWords } from '../domain/messages/store-call.ts';
import type { Bus, Clock, Timers } from '../domain/ports/ports.ts';
import { createRpcClient } from '../rpc/client.ts';
import { createQuotaCache } from './quota-cache.ts';

export interface OrchestratorLine {
  /** As the bundle of that instance says now; while the orchestrator is away, as it said last. @throws unavailable */
  modelOf(agent: AgentId, inst: InstanceNumber): Promise<InstanceModel>;
  /** That we are there, and what the system is configured with; said again and again. */
  sayHere(shared: SharedModel): void;
  tellUsage(agents: Readonly<Record<AgentId, Usage>>): void;
  tellStore(words: StoreWords): void;
  /** Who asks for too much; said once, for it goes on. */
  tellOverheard(words: OverheardWords): void;
  /** Bytes that an agent's database may have, as the owner's list said within the last minute or so. Never rejects. */
  quotaOf(agent: AgentId): Promise<number>;
  /** Gives a text of `re:system:1`. */
  take(text: string): void;
}

const limit = z.number().nonnegative().nullable();
const { grant: nothing } = NO_MODEL_RIGHTS;
/** An orchestrator of before grants says nothing of them. */
const instanceModel = z.object({
  llm_config: z.record(z.string(), z.unknown()),
  api_key: z.string().nullable(),
  egress: z.boolean().default(false),
  grant: z
    .object({
      modelAddresses: z.array(z.string()),
      models: z.array(z.string()).nullable(),
      tokensPerDay: limit,
      costPerDay: limit,
    })
    .default({ ...nothing, modelAddresses: [...nothing.modelAddresses], models: null }),
});

interface Tools {
  bus: Pick<Bus, 'publish'>;
  clock: Clock & Timers;
}

/** Three tries; an agent waits for its answer meanwhile. */
const DEADLINE_MS = 2_000;
/** Who was away a moment ago is not waited for by each of those who ask meanwhile. */
const AWAY_MS = 10_000;
/** Instances whose settings are remembered. */
const MOST_KNOWN = 500;
const SILENCE = 'the orchestrator does not answer, and only it knows the settings of agents';

export function createOrchestratorLine({ bus, clock }: Tools): OrchestratorLine {
  const client = createRpcClient({ bus, clock, silence: SILENCE });
  const known = new Map<string, InstanceModel>();
  const asking = new Map<string, Promise<InstanceModel>>();

  /** It is told again, so nobody waits for an answer. */
  const tell = (op: string, args: object) => {
    bus.publish(SERVICES_ASK, { type: 'request', id: randomUUID(), op, args, have: null }).catch(() => {});
  };
  let awayUntil = 0;
  const learn = async (key: string, args: { agent: AgentId; inst: InstanceNumber }): Promise<InstanceModel> => {
    try {
      if (clock.now() < awayUntil) throw new HairemError('unavailable', SILENCE);
      const question = { channel: SERVICES_ASK, op: 'model', args, deadlineMs: DEADLINE_MS };
      const own = instanceModel.parse(await client.ask(question));
      known.delete(key);
      known.set(key, own);
      for (const oldest of known.keys()) if (known.size > MOST_KNOWN) known.delete(oldest);
      return own;
    } catch (error) {
      const isAway = error instanceof HairemError && error.code === 'unavailable';
      if (isAway && clock.now() >= awayUntil) awayUntil = clock.now() + AWAY_MS;
      const last = known.get(key);
      if (last) return last;
      throw error;
    }
  };
  const quotas = createQuotaCache({
    now: clock.now,
    async ask(agent) {
      if (clock.now() < awayUntil) throw new HairemError('unavailable', SILENCE);
      return client.ask({ channel: SERVICES_ASK, op: 'quota', args: { agent }, deadlineMs: DEADLINE_MS });
    },
  });
  return {
    quotaOf: quotas.of,
    modelOf(agent, inst) {
      const key = `${agent}.${inst}`;
      const asked = asking.get(key) ?? learn(key, { agent, inst }).finally(() => asking.delete(key));
      asking.set(key, asked);
      return asked;
    },
    sayHere: ({ provider, baseUrl, model }) => tell('here', { llm: { provider, base_url: baseUrl, model } }),
    tellUsage: (agents) => tell('usage', { agents }),
    tellStore: (words) => tell('store', words),
    tellOverheard: (words) => tell('overheard', words),
    take(text) {
      awayUntil = 0;
      client.take(text);
    },
  };
}
