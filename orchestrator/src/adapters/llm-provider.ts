/**
 * Language models over the protocol that OpenAI, OpenRouter, Ollama, LiteLLM and vLLM share. The library sends and
 * reads; when to try again is decided in `llm-tries.ts`.
 */
import OpenAI from 'openai';
import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions';
import { HairemError } from '../domain/errors.ts';
import type {
  ChatRequest,
  ChatResult,
  EmbedResult,
  LanguageModel,
  ModelCall,
  ModelSettings,
  ToolCall,
  Usage,
} from '../domain/language-model.ts';
import { LARGEST_RESULT_BYTES } from '../domain/message-size.ts';
import { hearPiece, nothingSpoken, type Spoken, sizeOf } from './llm-stream.ts';
import { type Patience, tryAgain, type Watch } from './llm-tries.ts';

export function createLlmProvider(options: Patience): LanguageModel {
  return {
    async chat(settings, request, call) {
      const model = String(request.options.model ?? settings.model);
      const body = { ...settings.options, ...request.options, model, messages: request.messages, ...toolsOf(request) };
      return tryAgain(options, { settings, model, call }, (watch) =>
        request.stream ? streamed(body, { settings, call, watch }) : whole(body, { settings, call, watch }),
      );
    },
    async embed(settings, texts, call) {
      const model = String(settings.embeddingModel);
      const body = { model, input: [...texts], encoding_format: 'float' as const };
      return tryAgain(options, { settings, model, call }, (watch) => embedded(body, { settings, call, watch }));
    },
  };
}

interface Asking {
  settings: ModelSettings;
  call: ModelCall;
  watch: Watch;
}

type Body = Readonly<Record<string, unknown>>;

async function whole(body: Body, asking: Asking): Promise<ChatResult> {
  const { data, response } = await client(asking)
    .chat.completions.create({ ...body, stream: false } as never, optionsOf(asking))
    .withResponse();
  const answer = data as ChatCompletion;
  const choice = answer.choices?.[0];
  if (!choice) throw new HairemError('unavailable', `the language model at ${asking.settings.baseUrl} said nothing`);
  const tools = (choice.message.tool_calls ?? []) as ToolCall[];
  const spoken = { text: choice.message.content ?? '', tools, finishReason: choice.finish_reason };
  const model = answer.model ?? String(body.model);
  return resultOf({ ...spoken, model, usage: answer.usage ?? null }, { asking, response });
}

async function streamed(body: Body, asking: Asking): Promise<ChatResult> {
  const { call, watch, settings } = asking;
  const wanted = { ...body, stream: true, stream_options: { include_usage: true } };
  const { data, response } = await client(asking)
    .chat.completions.create(wanted as never, optionsOf(asking))
    .withResponse();
  const spoken = nothingSpoken(String(body.model));
  let said = false;
  try {
    for await (const piece of data as unknown as AsyncIterable<ChatCompletionChunk>) {
      watch.heard();
      const text = hearPiece(spoken, piece);
      if (text) call.onText(text);
      said ||= text !== '';
      if (sizeOf(spoken) > LARGEST_RESULT_BYTES) throw endless(settings);
    }
    watch.signal.throwIfAborted(); // the library ends an aborted stream as if it were complete
    if (!spoken.finishReason) {
      throw new HairemError('unavailable', `the language model at ${settings.baseUrl} was cut off in the middle`);
    }
  } catch (error) {
    if (said) call.onRestart();
    throw error;
  }
  return resultOf({ ...spoken, tools: spoken.tools.filter(Boolean) }, { asking, response });
}

/** A model that repeats itself would go on as long as it is heard. */
function endless({ baseUrl }: ModelSettings): HairemError {
  const message = `the language model at ${baseUrl} has said more than the 1 MiB that a message takes`;
  return new HairemError('too_large', `${message}: set max_tokens in llm_config, or ask for less`);
}

async function embedded(body: { model: string; input: string[]; encoding_format: 'float' }, asking: Asking) {
  const { data, response } = await client(asking).embeddings.create(body, optionsOf(asking)).withResponse();
  const sorted = [...(data.data ?? [])].sort((one, other) => one.index - other.index);
  if (sorted.length !== body.input.length) {
    throw new HairemError(
      'unavailable',
      `${asking.settings.baseUrl} gave ${sorted.length} vectors for ${body.input.length} texts`,
    );
  }
  const usage = usageOf(data.usage, { settings: asking.settings, response });
  return {
    embeddings: sorted.map(({ embedding }) => embedding),
    model: data.model ?? body.model,
    usage,
  } satisfies EmbedResult;
}

/** Nothing of this process's environment is used: OPENAI_… is not ours. */
function client({ settings, watch }: Asking): OpenAI {
  return new OpenAI({
    baseURL: settings.baseUrl,
    apiKey: settings.apiKey ?? 'none',
    organization: null,
    project: null,
    maxRetries: 0,
    timeout: watch.timeoutMs,
    logLevel: 'off',
    defaultHeaders: settings.apiKey ? {} : { Authorization: null },
  });
}

function optionsOf({ call, watch }: Asking) {
  return { signal: watch.signal, headers: { 'Idempotency-Key': call.key } };
}

function toolsOf({ tools }: ChatRequest): Body {
  return tools.length > 0 ? { tools } : {};
}

interface Answered {
  asking: Asking;
  response: Response;
}

function resultOf({ text, tools, finishReason, model, usage }: Spoken, { asking, response }: Answered): ChatResult {
  const counted = usageOf(usage, { settings: asking.settings, response });
  return { text, tool_calls: tools, finish_reason: finishReason, model, usage: counted };
}

/** What it cost: as OpenRouter says it, as LiteLLM does in a header, or by the price that is configured. */
function usageOf(said: unknown, { settings, response }: { settings: ModelSettings; response: Response }): Usage {
  const usage = (typeof said === 'object' && said !== null ? said : {}) as Readonly<Record<string, unknown>>;
  const prompt_tokens = countOf(usage.prompt_tokens);
  const completion_tokens = countOf(usage.completion_tokens);
  const total_tokens = countOf(usage.total_tokens) || prompt_tokens + completion_tokens;
  const { input = 0, output = 0 } = settings.price ?? {};
  const told = usage.cost ?? response.headers.get('x-litellm-response-cost');
  const cost = told == null ? (prompt_tokens * input + completion_tokens * output) / 1e6 : countOf(Number(told));
  return { prompt_tokens, completion_tokens, total_tokens, cost };
}

const countOf = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0);
