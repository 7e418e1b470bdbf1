/**
 * Language models for agents (BUS.md, Services): whose settings, whose turn, whose bill. An agent sends what it wants to
 * say and never an address or a key; those come from the orchestrator, so that no agent reaches through us what its
 * network does not let it reach.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { AgentId, InstanceNumber } from '../../domain/agent.ts';
import { asHairemError, type ErrorCode } from '../../domain/errors/errors.ts';
import type {
  ChatResult,
  InstanceModel,
  LanguageModel,
  ModelCall,
  ModelSettings,
  Usage,
} from '../../domain/llm/language-model.ts';
import type { Log } from '../../domain/ports/log.ts';
import type { Ledger } from '../../domain/ports/stores.ts';
import { type Call, operation, type Service } from '../../rpc/operation.ts';
import { createBudget, type DayLimits, estimateOf, spentOn, usedBy } from './budget.ts';
import { createTurns } from './call-queue.ts';
import { chatModel, embeddingModel, modelSettings, requestOptions, type SystemModel } from './model-settings.ts';
import { plainTool } from './tool-schema.ts';

export interface LlmServiceOptions {
  models: LanguageModel;
  system: SystemModel;
  /** What the bundle of this instance says, and what it may. @throws unavailable */
  ownOf(agent: AgentId, inst: InstanceNumber): Promise<InstanceModel>;
  ledger: Ledger;
  /** For agents of which the owner says nothing of their own. */
  limits: DayLimits;
  /** Wall clock: a day is UTC's. */
  now(): Date;
  /** Told what an agent has used in all, after each call. */
  onUsage(agent: AgentId, usage: Usage): void;
  /** Calls at the same time to the system's address, of all agents; as many again to all others. */
  atOnce: number;
  log: Log;
}

export interface LlmService extends Service {
  /** For the memory service. Null where no embedding model is configured. */
  vectorOf(text: string, call: Pick<Call, 'agent' | 'inst' | 'id' | 'signal'>): Promise<readonly number[] | null>;
}

const fields = z.record(z.string(), z.unknown());
const message = z.looseObject({ role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']) });
const tool = z.looseObject({ type: z.string(), function: z.looseObject({ name: z.string().min(1).max(64) }) });

const chat = z.object({
  messages: z.array(message).min(1).max(1000),
  tools: z.array(tool).max(128).default([]),
  model: z
    .string()
    .regex(/^\P{Cc}{1,200}$/u, 'a name of at most 200 characters')
    .nullish(),
  /** Whatever else the provider understands: temperature, max_tokens, tool_choice, response_format … */
  options: fields.default({}),
  stream: z.boolean().default(false),
});

const embed = z.object({ input: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(256)]) });

/** More than it has turns: the others wait in `call-queue.ts`, where vectors for its memories wait, too. */
const PER_AGENT = 4;

type Asker = Pick<Call, 'agent' | 'inst' | 'id' | 'signal'>;

/** One call, as it is paid for. */
interface Charge {
  rights: InstanceModel;
  settings: ModelSettings;
  /** What is sent. */
  prompt: unknown;
  /** Fields of the request that say how long an answer may become; null for an embedding. */
  options: Readonly<Record<string, unknown>> | null;
}

/** A call of a model, which says when it is answered. */
type Work<T> = (paying: Pick<ModelCall, 'onAnswered'>) => Promise<T>;

export function createLlmService(options: LlmServiceOptions): LlmService {
  const { models, system, ownOf, atOnce, log, ledger, limits, now } = options;
  const turns = createTurns({ atOnce });
  const unwritten = (agent: AgentId, error: unknown) =>
    log.warn('the day of an agent was not written', { agent, error });
  const budget = createBudget({ ledger, defaults: limits, now, onUnwritten: unwritten });

  const rightsOf = async ({ agent, inst }: Asker) => {
    const rights = await ownOf(agent, inst);
    return { rights, settings: modelSettings(rights, system) };
  };
  /** Refused before it waits, so that an agent without a budget holds up nobody. */
  const paid = async <T extends { usage: Usage }>(call: Asker, charge: Charge, work: Work<T>): Promise<T> => {
    const { rights, settings, prompt } = charge;
    const estimate = estimateOf(charge, settings.price);
    const reserved = await budget.reserve(call.agent, estimate, rights.grant);
    try {
      const turn = { agent: call.agent, address: settings.baseUrl, isSystem: settings.reach === 'owner' };
      const end = await turns.take(turn, call.signal);
      try {
        let isAnswered = false;
        const onAnswered = () => {
          isAnswered = true;
        };
        const result = await onTheBill(options, call, () => work({ onAnswered })).catch((error) => {
          reserved.end(isAnswered || mayBePaid(error) ? estimate : null);
          throw error;
        });
        reserved.end(usedBy(result.usage, spentOn(prompt, saidIn(result), settings.price)));
        return result;
      } finally {
        end();
      }
    } finally {
      reserved.end(null); // it never went out
    }
  };
  const embedded = async (texts: readonly string[], call: Asker) => {
    const { rights, settings } = await rightsOf(call);
    embeddingModel(settings);
    const charge = { rights, settings, prompt: texts, options: null };
    return paid(call, charge, (paying) => models.embed(settings, texts, { ...modelCall(call, log), ...paying }));
  };
  return {
    name: 'llm',
    perAgent: PER_AGENT,
    operations: {
      chat: operation({
        args: chat,
        journal: true,
        async run({ messages, tools, model, options: given, stream }, call) {
          const { rights, settings: found } = await rightsOf(call);
          const settings = { ...found, options: requestOptions(found.options, found) };
          const provider = rights.llm_config.provider ?? system.provider;
          const named = chatModel(settings, model ?? null, typeof provider === 'string' ? provider : null);
          const wanted = { ...requestOptions(given, settings), model: named };
          const request = { messages, tools: tools.map(plainTool), options: wanted, stream };
          const emit = {
            onText: (text: string) => call.emit({ text }),
            onThinking: (thinking: string) => call.emit({ thinking }),
            onRestart: () => call.restart(),
          };
          const charge = { rights, settings, prompt: { messages, tools }, options: { ...settings.options, ...wanted } };
          const answer = await paid(call, charge, (paying) =>
            models.chat(settings, request, { ...modelCall(call, log), ...emit, ...paying }),
          );
          noteEnding(answer, call.agent, log);
          return answer;
        },
      }),
      embed: operation({
        args: embed,
        journal: true,
        run: ({ input }, call) => embedded([input].flat(), call),
      }),
    },
    async vectorOf(text, call) {
      const { embeddingModel: configured } = await rightsOf(call).then(({ settings }) => settings, noneIfUnconfigured);
      if (!configured) return null;
      return (await embedded([text], call)).embeddings[0] ?? null;
    },
  };
}

/** What is wrong with an answer is for people, and for whoever looks for it in the log. */
function noteEnding({ notice, finish_reason, model }: ChatResult, agent: AgentId, log: Log): void {
  if (notice !== null) log.warn('an answer of a language model is not whole', { agent, model, finish_reason, notice });
}

/** All that it said, for a provider that says nothing of usage. */
function saidIn(result: object): string {
  const { text, thinking, tool_calls } = result as Partial<ChatResult>;
  const calls = tool_calls?.map((call) => call.function.arguments) ?? [];
  return [text ?? '', thinking ?? '', ...calls].join('');
}

/** More than was wanted has been said, or nobody waited for the end: the provider was at work on it all the same. */
const mayBePaid = (error: unknown) => [...MAY_BE_PAID, 'too_large'].includes(asHairemError(error).code);

/** The provider was at work on it, and nobody knows whether it went on. */
const MAY_BE_PAID: readonly ErrorCode[] = ['cancelled', 'timeout'];

function noneIfUnconfigured(error: unknown): Pick<ModelSettings, 'embeddingModel'> {
  if (asHairemError(error).code === 'not_configured') return { embeddingModel: null };
  throw error;
}

/** A ledger that is away costs the bill its line, not the agent its answer. */
async function onTheBill<T extends { usage: Usage }>(
  { ledger, onUsage, log }: LlmServiceOptions,
  { agent, id }: Asker,
  work: () => Promise<T>,
): Promise<T> {
  const unwritten = (error: unknown) => log.warn('the ledger was not written', { agent, id, error });
  const wentOut = await ledger.begin(agent, id).catch(unwritten);
  if (wentOut)
    log.warn('it was under way when the services ended and goes out again, with the same Idempotency-Key', {
      agent,
      id,
    });
  try {
    const result = await work();
    const total = await ledger.settle(agent, id, result.usage).catch(unwritten);
    if (total) onUsage(agent, total);
    return result;
  } catch (error) {
    if (!MAY_BE_PAID.includes(asHairemError(error).code)) await ledger.drop(agent, id).catch(unwritten);
    throw error;
  }
}

function modelCall({ agent, id, signal }: Asker, log: Log): ModelCall {
  return {
    agent,
    key: keyOf(agent, id),
    signal,
    onText() {},
    onRestart() {},
    onRetry: (why, waitMs) => log.warn('a call of a language model is tried again', { agent, why, waitMs }),
  };
}

/** An agent chooses its ids, so as it is one could have a line break, or be another agent's with another cut. */
function keyOf(agent: AgentId, id: string): string {
  return `hairem-${createHash('sha256').update(`${agent} ${id}`).digest('hex')}`;
}
