/**
 * Language models over the protocol that OpenAI, OpenRouter, Ollama, LiteLLM and vLLM share. The library sends and
 * reads; when to try again is decided in `llm-tries.ts`.
 */
import OpenAI from 'openai';
import { HairemError } from '../domain/errors.ts';
import type {
  ChatRequest,
  ChatResult,
  EmbedResult,
  LanguageModel,
  ModelCall,
  ModelSettings,
  Usage,
} from '../domain/language-model.ts';
import { LARGEST_RESULT_BYTES } from '../domain/message-size.ts';
import { completionIn, pieceIn, type SaidUsage, vectorsIn } from './llm-answers.ts';
import { createDoor, type Door } from './llm-fetch.ts';
import { hearPiece, nothingSpoken, type Spoken, sizeOf } from './llm-stream.ts';
import { type Patience, tryAgain, type Watch } from './llm-tries.ts';

export function createLlmProvider(options: Patience & Door): LanguageModel {
  const door = createDoor(options);
  return {
    async chat(settings, request, call) {
      const model = String(request.options.model ?? settings.model);
      const body = { ...settings.options, ...request.options, model, messages: request.messages, ...toolsOf(request) };
      return tryAgain(options, { settings, model, call }, (watch) =>
        request.stream
          ? streamed(body, { settings, call, watch, fetch: door({ reach: settings.reach, stream: true }) })
          : whole(body, { settings, call, watch, fetch: door({ reach: settings.reach, stream: false }) }),
      );
    },
    async embed(settings, texts, call) {
      const model = String(settings.embeddingModel);
      const body = { model, input: [...texts], encoding_format: 'float' as const };
      return tryAgain(options, { settings, model, call }, (watch) =>
        embedded(body, { settings, call, watch, fetch: door({ reach: settings.reach, stream: false }) }),
      );
    },
  };
}

interface Asking {
  settings: ModelSettings;
  call: ModelCall;
  watch: Watch;
  fetch: ReturnType<ReturnType<typeof createDoor>>;
}

type Body = Readonly<Record<string, unknown>>;

async function whole(body: Body, asking: Asking): Promise<ChatResult> {
  const { data, response } = await client(asking)
    .chat.completions.create({ ...body, stream: false } as never, optionsOf(asking))
    .withResponse();
  const { choices, model, usage } = completionIn(data, placeOf(asking.settings));
  const message = choices[0]?.message;
  const spoken = {
    text: message?.content ?? '',
    tools: message?.tool_calls ?? [],
    finishReason: choices[0]?.finish_reason ?? null,
    model: model ?? String(body.model),
    usage,
  };
  return resultOf(spoken, { asking, response });
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
    for await (const piece of data as unknown as AsyncIterable<unknown>) {
      watch.heard();
      const text = hearPiece(spoken, pieceIn(piece, placeOf(settings)));
      if (text) call.onText(text);
      said ||= text !== '';
      if (sizeOf(spoken) > LARGEST_RESULT_BYTES) throw endless(settings);
    }
    watch.signal.throwIfAborted(); // the library ends an aborted stream as if it were complete
    if (!spoken.finishReason) {
      throw new HairemError('unavailable', `${placeOf(settings)} was cut off in the middle`);
    }
  } catch (error) {
    if (said) call.onRestart();
    throw error;
  }
  return resultOf({ ...spoken, tools: spoken.tools.filter(Boolean) }, { asking, response });
}

/** A model that repeats itself would go on as long as it is heard. */
function endless(settings: ModelSettings): HairemError {
  const message = `${placeOf(settings)} has said more than the 1 MiB that a message takes`;
  return new HairemError('too_large', `${message}: set max_tokens in llm_config, or ask for less`);
}

async function embedded(body: { model: string; input: string[]; encoding_format: 'float' }, asking: Asking) {
  const { data, response } = await client(asking).embeddings.create(body, optionsOf(asking)).withResponse();
  const said = vectorsIn(data, placeOf(asking.settings));
  const sorted = [...said.data].sort((one, other) => one.index - other.index);
  if (sorted.length !== body.input.length) {
    const what = `${sorted.length} vectors for ${body.input.length} texts`;
    throw new HairemError('unavailable', `${placeOf(asking.settings)} gave ${what}`);
  }
  const usage = usageOf(said.usage, { settings: asking.settings, response });
  return {
    embeddings: sorted.map(({ embedding }) => embedding),
    model: said.model ?? body.model,
    usage,
  } satisfies EmbedResult;
}

const placeOf = ({ baseUrl }: ModelSettings) => `the language model at ${baseUrl}`;

/** Nothing of this process's environment is used: OPENAI_… is not ours. */
function client({ settings, watch, fetch }: Asking): OpenAI {
  return new OpenAI({
    baseURL: settings.baseUrl,
    apiKey: settings.apiKey ?? 'none',
    organization: null,
    project: null,
    fetch,
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
  const whole = { thinking: '', extra: {}, notice: null };
  return { text, tool_calls: tools, finish_reason: finishReason, model, usage: counted, ...whole };
}

/** What it cost: as OpenRouter says it, as LiteLLM does in a header, or by the price that is configured. */
function usageOf(said: SaidUsage, { settings, response }: { settings: ModelSettings; response: Response }): Usage {
  const prompt_tokens = countOf(said?.prompt_tokens);
  const completion_tokens = countOf(said?.completion_tokens);
  const total_tokens = countOf(said?.total_tokens) || prompt_tokens + completion_tokens;
  const { input = 0, output = 0 } = settings.price ?? {};
  const header = response.headers.get('x-litellm-response-cost');
  const told = said?.cost ?? (header === null ? null : Number(header));
  const cost = told === null ? (prompt_tokens * input + completion_tokens * output) / 1e6 : amountOf(told);
  return { prompt_tokens, completion_tokens, total_tokens, cost };
}

/** More than any model takes, and little enough that sums stay exact. */
const MOST_TOKENS = 1e9;
const MOST_DOLLARS = 1e5;

const amountOf = (value: number | undefined) =>
  value !== undefined && Number.isFinite(value) && value > 0 ? Math.min(value, MOST_DOLLARS) : 0;
const countOf = (value: number | undefined) =>
  value !== undefined && Number.isFinite(value) && value > 0 ? Math.min(Math.ceil(value), MOST_TOKENS) : 0;
