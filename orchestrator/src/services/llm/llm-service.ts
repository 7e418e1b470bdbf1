/**
 * Language models for agents (BUS.md, Services): whose settings, whose turn, whose bill. An agent sends what it wants to
 * say and never an address or a key; those come from the orchestrator, so that no agent reaches through us what its
 * network does not let it reach.
 */
import * as z from 'zod';
import type { AgentId, InstanceNumber } from '../../domain/agent.ts';
import { asHairemError, type ErrorCode } from '../../domain/errors.ts';
import type { LanguageModel, ModelCall, ModelSettings, OwnModel, Usage } from '../../domain/language-model.ts';
import type { Log } from '../../domain/log.ts';
import type { Ledger } from '../../domain/stores.ts';
import { type Call, operation, type Service } from '../operation.ts';
import { chatModel, embeddingModel, modelSettings, type SystemModel } from './model-settings.ts';
import { createTurns } from './turns.ts';

export interface LlmServiceOptions {
  models: LanguageModel;
  system: SystemModel;
  /** What the bundle of this instance says. @throws unavailable */
  ownOf(agent: AgentId, inst: InstanceNumber): Promise<OwnModel>;
  ledger: Ledger;
  /** Told what an agent has used in all, after each call. */
  onUsage(agent: AgentId, usage: Usage): void;
  /** Calls at the same time, of all agents. */
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
  model: z.string().min(1).max(200).nullish(),
  /** Whatever else the provider understands: temperature, max_tokens, tool_choice, response_format … */
  options: fields.default({}),
  stream: z.boolean().default(false),
});

const embed = z.object({ input: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(256)]) });

/** So that one agent never has all turns, whatever it asks for. */
const PER_AGENT = 4;
/** What we send ourselves. */
const NOT_OPTIONS = ['messages', 'tools', 'stream', 'stream_options'];

type Asker = Pick<Call, 'agent' | 'inst' | 'id' | 'signal'>;

export function createLlmService(options: LlmServiceOptions): LlmService {
  const { models, system, ownOf, atOnce, log } = options;
  const turns = createTurns(atOnce);

  const settingsFor = async ({ agent, inst }: Asker) => modelSettings(await ownOf(agent, inst), system);

  const paid = async <T extends { usage: Usage }>(call: Asker, work: () => Promise<T>): Promise<T> => {
    const end = await turns.take(call.signal);
    try {
      return await onTheBill(options, call, work);
    } finally {
      end();
    }
  };
  const embedded = async (texts: readonly string[], call: Asker) => {
    const settings = await settingsFor(call);
    embeddingModel(settings);
    return paid(call, () => models.embed(settings, texts, modelCall(call, log)));
  };
  return {
    name: 'llm',
    perAgent: PER_AGENT,
    operations: {
      chat: operation({
        args: chat,
        journal: true,
        async run({ messages, tools, model, options: given, stream }, call) {
          const settings = await settingsFor(call);
          const request = {
            messages,
            tools,
            options: { ...sendable(given), model: chatModel(settings, model ?? null) },
            stream,
          };
          const emit = { onText: (text: string) => call.emit({ text }), onRestart: () => call.restart() };
          return paid(call, () => models.chat(sanitized(settings), request, { ...modelCall(call, log), ...emit }));
        },
      }),
      embed: operation({
        args: embed,
        journal: true,
        run: ({ input }, call) => embedded([input].flat(), call),
      }),
    },
    async vectorOf(text, call) {
      const { embeddingModel: configured } = await settingsFor(call).catch(noneIfUnconfigured);
      if (!configured) return null;
      return (await embedded([text], call)).embeddings[0] ?? null;
    },
  };
}

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
    key: `hairem-${agent}-${id}`,
    signal,
    onText() {},
    onRestart() {},
    onRetry: (why, waitMs) => log.warn('a call of a language model is tried again', { agent, why, waitMs }),
  };
}

const sendable = (options: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(options).filter(([name]) => !NOT_OPTIONS.includes(name)));

const sanitized = (settings: ModelSettings): ModelSettings => ({ ...settings, options: sendable(settings.options) });
