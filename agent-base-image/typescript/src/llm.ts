/** Language models, through the llm service: which one, whose key and where is said in the manifest or by the system. */
import type { AgentHost, JsonObject } from './agent-host.ts';

/** One message as language models take it: also with pictures, tool calls, or what else the provider knows. */
export interface LlmMessage {
  /** Whose it is. */
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  /** A text, or parts of a message. */
  readonly content?: unknown;
  readonly [key: string]: unknown;
}

/** The model wants a tool to be used. */
export interface LlmToolCall {
  /** To be named by the message of role `tool` that answers it, as `tool_call_id`. */
  readonly id: string;
  /** Always `function`. */
  readonly type: string;
  /** `arguments` is JSON as the model wrote it, which may be none. */
  readonly function: { readonly name: string; readonly arguments: string; readonly [key: string]: unknown };
  /** What else the provider said of it, to be given back as it came. */
  readonly [key: string]: unknown;
}

/** What a model has said. */
export interface LlmAnswer {
  /** Empty where it only wants tools to be used. */
  readonly text: string;
  /** What it thought on the way, as far as the provider shows it: not to be said, and not to be kept. */
  readonly thinking: string;
  /** What it wants to be done. */
  readonly tool_calls: readonly LlmToolCall[];
  /**
   * What the provider may want back as it came: the next round begins with
   * `{role: 'assistant', content: text || null, tool_calls, ...extra}`.
   */
  readonly extra: JsonObject;
  /** `stop`, `length`, `tool_calls`, `content_filter`, or what else a provider says. */
  readonly finish_reason: string | null;
  /** Why the answer is empty or not whole, and what to set, in one sentence for people; null where it is whole. */
  readonly notice: string | null;
  /** Which one has answered. */
  readonly model: string;
  /** Tokens, and US dollars where they are known. */
  readonly usage: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly total_tokens: number;
    readonly cost: number;
  };
}

/** What a call may say besides. */
export interface LlmOptions {
  /** `{type: 'function', function: {name, description, parameters}}`. */
  readonly tools?: readonly JsonObject[];
  /** Another one of the same provider. */
  readonly model?: string;
  /** Whatever else the provider understands: `temperature`, `max_tokens`, `tool_choice`, `response_format` … */
  readonly options?: JsonObject;
  /** Seconds until it is given up, 300 by default. */
  readonly timeout?: number;
  /** Gives it up, at the provider too. */
  readonly signal?: AbortSignal;
}

/** A piece of an answer that is still being said. */
export interface LlmPiece {
  /** What is new. */
  readonly text: string;
  /** The stream broke: what came before this piece is void. */
  readonly restart: boolean;
}

const TIMEOUT_SECONDS = 300;

/** `this.llm`. Each call is paid once, also when the message that led here is handled twice. */
export class Llm {
  readonly #host: AgentHost;

  /** Made by BaseAgent. */
  constructor(host: AgentHost) {
    this.#host = host;
  }

  /** Asks and waits for the whole answer. A text is one message of the user. Throws ServiceError. */
  async chat(messages: string | readonly LlmMessage[], options: LlmOptions = {}): Promise<LlmAnswer> {
    const answer = await this.#host.request({ ...called('chat', options), args: argsOf(messages, options, false) });
    return answer as LlmAnswer;
  }

  /** Asks, and gives the answer piece by piece; what it returns at the end is the whole. Throws ServiceError. */
  async *stream(
    messages: string | readonly LlmMessage[],
    options: LlmOptions = {},
  ): AsyncGenerator<LlmPiece, LlmAnswer> {
    const pieces = new Pieces();
    const left = new AbortController();
    const signals = [left.signal, ...(options.signal ? [options.signal] : [])];
    const asked = this.#host.request({
      ...called('chat', { ...options, signal: AbortSignal.any(signals) }),
      args: argsOf(messages, options, true),
      onChunk: (data) => pieces.add(textOf(data)),
      onRestart: () => pieces.restart(),
    });
    const ended = asked.then(
      (answer) => pieces.end((answer as LlmAnswer).text),
      () => pieces.end(null),
    );
    try {
      for await (const piece of pieces.said()) yield piece;
      await ended;
      return (await asked) as LlmAnswer;
    } finally {
      left.abort(); // it was answered, or whoever listened has left
    }
  }

  /** One vector for each text, in their order. Throws ServiceError, `not_configured` without an embedding model. */
  async embed(input: readonly string[], options: Pick<LlmOptions, 'timeout' | 'signal'> = {}): Promise<number[][]> {
    const answer = await this.#host.request({ ...called('embed', options), args: { input } });
    return (answer as { embeddings: number[][] }).embeddings;
  }
}

function called(op: string, { timeout = TIMEOUT_SECONDS, signal }: LlmOptions) {
  return { service: 'llm', op, timeout, ...(signal ? { signal } : {}) };
}

function argsOf(messages: string | readonly LlmMessage[], options: LlmOptions, stream: boolean): JsonObject {
  const { tools = [], model = null, options: more = {} } = options;
  const list = typeof messages === 'string' ? [{ role: 'user', content: messages }] : messages;
  return { messages: list, tools, model, options: more, stream };
}

function textOf(data: unknown): string {
  const { text } = (typeof data === 'object' && data !== null ? data : {}) as { text?: unknown };
  return typeof text === 'string' ? text : '';
}

/** From callbacks to a loop: what comes while nobody looks is joined. */
class Pieces {
  #waiting: { text: string; restart: boolean } = { text: '', restart: false };
  #whole = '';
  #isOver = false;
  #wake = Promise.withResolvers<void>();

  add(text: string): void {
    this.#waiting.text += text;
    this.#whole += text;
    this.#wake.resolve();
  }

  restart(): void {
    this.#waiting = { text: '', restart: true };
    this.#whole = '';
    this.#wake.resolve();
  }

  /** @param text the whole answer: what of it was not said in pieces comes now; null where there is none */
  end(text: string | null): void {
    if (text !== null && text !== this.#whole) this.#complete(text);
    this.#isOver = true;
    this.#wake.resolve();
  }

  async *said(): AsyncGenerator<LlmPiece> {
    for (;;) {
      await this.#wake.promise;
      const piece = this.#waiting;
      this.#waiting = { text: '', restart: false };
      if (!this.#isOver) this.#wake = Promise.withResolvers<void>();
      else if (piece.text === '' && !piece.restart) return;
      if (piece.text !== '' || piece.restart) yield piece;
    }
  }

  /** An answer that was paid for by an earlier process of the service comes whole, without pieces. */
  #complete(text: string): void {
    if (!text.startsWith(this.#whole)) this.restart();
    this.add(text.slice(this.#whole.length));
  }
}
