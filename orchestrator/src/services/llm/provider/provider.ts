/**
 * Language models over the protocol that OpenAI, OpenRouter, Ollama, LiteLLM and vLLM share, each with deviations of its
 * own. When to try again is decided in `provider/retry.ts`.
 *
 *   request ──► post (llm-fetch) ──► values (llm-reading) ──► spoken (llm-stream) ──► result
 */
import { HairemError } from '../../../domain/errors/errors.ts';
import type {
  ChatRequest,
  ChatResult,
  EmbedResult,
  LanguageModel,
  ModelCall,
  ModelSettings,
} from '../../../domain/llm/language-model.ts';
import { writeJson } from '../../../domain/text/json-text.ts';
import { answerIn, noAnswer, vectorsIn } from '../answer/answer-schema.ts';
import { hearAnswer, hearEnd, isEndless, type News, nothingSpoken, type Spoken } from '../answer/assemble.ts';
import type { Value } from '../answer/event-stream.ts';
import { valuesIn } from '../answer/read-response.ts';
import { createRecent, type Recent } from '../answer/recent.ts';
import { createTemplates, type Templates } from '../answer/templates.ts';
import { countedWith, NOTHING_COUNTED, usageOf } from '../answer/usage.ts';
import { createDoor, type Door, type Heard, type Post } from './fetch.ts';
import { errorIn } from './foreign-text.ts';
import { ProviderError } from './provider-error.ts';
import { refusedIn, withoutFields } from './refused-fields.ts';
import { callIds, chatBody, toolNames } from './request.ts';
import { resultOf } from './result.ts';
import { type Patience, tryAgain, type Watch } from './retry.ts';

const MOST_KNOWN = 256;

export function createLlmProvider(options: Patience & Door): LanguageModel {
  const door = createDoor(options);
  const templates = createTemplates();
  const refused = createRecent<readonly string[]>(MOST_KNOWN);
  return {
    async chat(settings, request, call) {
      const model = String(request.options.model ?? settings.model);
      const body = chatBody(settings, request, model);
      return tryAgain(options, { settings, model, call }, (watch) =>
        answered(body, request, { settings, call, watch, post: door(settings.reach), refused, templates }),
      );
    },
    async embed(settings, texts, call) {
      const model = String(settings.embeddingModel);
      const body = { model, input: [...texts], encoding_format: 'float' };
      return tryAgain(options, { settings, model, call }, (watch) =>
        embedded(body, { settings, call, watch, post: door(settings.reach), refused }),
      );
    },
  };
}

interface Asking {
  settings: ModelSettings;
  call: ModelCall;
  watch: Watch;
  post: Post;
  /** Fields that were refused, by who asked which model where. */
  refused: Recent<readonly string[]>;
}

type Body = Readonly<Record<string, unknown>>;

async function answered(
  body: Body,
  request: ChatRequest,
  asking: Asking & { templates: Templates },
): Promise<ChatResult> {
  const { settings, call, watch, templates } = asking;
  const model = `${settings.baseUrl} ${body.model}`;
  const conversation = { tools: toolNames(request.tools), ids: callIds(request.messages), key: call.key };
  const spoken = nothingSpoken(conversation, templates.isHeld(model));
  let isTold = false;
  const tell = (news: News) => {
    if (!request.stream) return;
    if (news.isVoid) call.onRestart();
    if (news.thinking !== '') call.onThinking?.(news.thinking);
    if (news.text !== '') call.onText(news.text);
    isTold ||= watch.hasSpoken;
  };
  const heard = await postAsTaken('chat/completions', body, asking);
  try {
    await listen(heard, spoken, { asking, tell });
    tell(hearEnd(spoken));
    if (spoken.wasVoid) templates.learn(model);
  } catch (error) {
    if (isTold) call.onRestart();
    throw error;
  }
  return resultOf(spoken, { body, settings, cost: heard.cost });
}

interface Listening {
  asking: Asking;
  tell: (news: News) => void;
}

/** Until it is complete: it says so, or why it ends, or has come whole. What breaks behind that is no harm. */
async function listen(heard: Heard, spoken: Spoken, { asking, tell }: Listening): Promise<void> {
  const { settings, watch, call } = asking;
  const at = placeOf(settings);
  let isDone = false;
  const isComplete = () => isDone || spoken.finishReason !== null || spoken.isWhole;
  try {
    for await (const value of valuesIn(heard.body, at)) {
      watch.heard();
      const before = spoken.counted;
      if (value.type === 'done') isDone = true;
      else take(value, spoken, { asking, tell });
      // The usage is all that comes behind the end.
      if (isDone || (isComplete() && spoken.counted !== before)) {
        heard.finish();
        break;
      }
      if (isComplete()) watch.isEnding();
    }
    watch.signal.throwIfAborted();
  } catch (error) {
    if (!isComplete() || error instanceof ProviderError || call.signal.aborted || isEndless(spoken)) throw error;
  }
  if (!spoken.hasBegun) throw noAnswer(at);
  if (!isComplete()) throw new HairemError('unavailable', `${at} was cut off in the middle`);
}

function take(value: Value & { value: unknown }, spoken: Spoken, { asking, tell }: Listening): void {
  const { settings, watch, call } = asking;
  const at = placeOf(settings);
  const error = errorIn(value.value, 'event' in value ? value.event : null, settings.apiKey);
  if (error) throw new ProviderError({ ...error, retryAfter: null });
  call.onAnswered?.();
  const news = hearAnswer(spoken, answerIn(value.value, at));
  watch.hasSpoken ||= news.text !== '' || news.thinking !== '' || spoken.calls.size() + spoken.written.size() > 0;
  tell(news);
  if (isEndless(spoken)) {
    const message = `${at} has said more than the 1 MiB that a message takes`;
    throw new HairemError('too_large', `${message}: set max_tokens in llm_config, or ask for less`);
  }
}

async function embedded(body: { model: string; input: string[] }, asking: Asking): Promise<EmbedResult> {
  const { settings } = asking;
  const at = placeOf(settings);
  const heard = await postAsTaken('embeddings', body, asking);
  for await (const value of valuesIn(heard.body, at)) {
    if (value.type === 'done') break;
    const error = errorIn(value.value, null, settings.apiKey);
    if (error) throw new ProviderError({ ...error, retryAfter: null });
    asking.call.onAnswered?.();
    const said = vectorsIn(value.value, at);
    const sorted = [...said.data].sort((one, other) => one.index - other.index);
    if (sorted.length !== body.input.length) {
      throw new HairemError('unavailable', `${at} gave ${sorted.length} vectors for ${body.input.length} texts`);
    }
    const usage = usageOf(countedWith(NOTHING_COUNTED, said.usage), heard.cost, settings.price);
    return { embeddings: sorted.map(({ embedding }) => embedding), model: said.model ?? body.model, usage };
  }
  throw noAnswer(at);
}

const MOST_LEANER = 3;
const MOST_NAMES = 32;

/** Without what the provider says that it does not take, or has said before. */
async function postAsTaken(path: string, body: Body, asking: Asking): Promise<Heard> {
  const { settings, call, refused } = asking;
  const who = `${call.agent ?? ''} ${settings.baseUrl} ${body.model}`;
  const known = refused.get(who) ?? [];
  const found: string[] = [];
  for (let n = 0; ; n += 1) {
    const lean = withoutFields(body, [...known, ...found]);
    try {
      const heard = await post(path, lean, asking);
      if (found.length > 0) refused.set(who, [...found, ...known].slice(0, MOST_NAMES));
      return heard;
    } catch (error) {
      const isRefusal = error instanceof ProviderError && [400, 422].includes(error.said.status ?? 0);
      const names = isRefusal && n < MOST_LEANER ? refusedIn(lean, error.said.message) : [];
      if (isRefusal && names.length === 0) refused.delete(who); // perhaps it takes now what it did not
      if (names.length === 0) throw error;
      call.onRetry(`${placeOf(settings)} does not take ${names.join(', ')}`, 0);
      found.push(...names);
    }
  }
}

async function post(path: string, body: Body, { settings, call, watch, post: send }: Asking): Promise<Heard> {
  const key = settings.apiKey?.trim() || null;
  const heard = await send({
    url: `${settings.baseUrl}/${path}`,
    headers: {
      accept: body.stream ? 'text/event-stream, application/json' : 'application/json',
      'content-type': 'application/json',
      'user-agent': 'hairem',
      'idempotency-key': call.key,
      ...(key ? { authorization: `Bearer ${key}` } : {}),
    },
    body: writeJson(body),
    key,
    signal: watch.signal,
  });
  watch.isAnswered = true;
  return heard;
}

const placeOf = ({ baseUrl }: ModelSettings) => `the language model at ${baseUrl}`;
