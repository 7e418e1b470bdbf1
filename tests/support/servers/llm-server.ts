/**
 * A provider of language models for tests: speaks the chat and embeddings protocol over real HTTP, does what the test
 * tells it to, and counts what it would have been paid for.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

type Fields = Record<string, unknown>;

/** How one request is answered. Times in milliseconds. */
export interface Answer {
  text?: string;
  tools?: { name: string; args: Fields | string }[];
  /** Before the first byte, and before each further piece. */
  delayMs?: number;
  pieceDelayMs?: number;
  /** Pieces of the text; words by default. */
  pieces?: string[];
  /** The connection ends after so many pieces. */
  cutAfter?: number;
  /** An error in place of an answer. */
  status?: number;
  message?: string;
  code?: string;
  headers?: Record<string, string>;
  /** Is said as OpenRouter says it. */
  cost?: number;
  /** Nothing is ever said. */
  silent?: boolean;
  /** Is said as it is: a provider that deviates (`llm-deviations.ts`). */
  raw?: Raw;
}

/** A body, byte for byte. */
export interface Raw {
  status?: number;
  type?: string;
  /** Each is heard by itself. */
  pieces: readonly (string | Uint8Array)[];
  /** How it ends: as HTTP wants it, torn off, or not at all. */
  end?: 'cut' | 'open';
}

export interface Asked {
  path: string;
  key: string | null;
  idempotency: string | null;
  body: Fields & { messages?: Fields[]; model?: string; stream?: boolean; tools?: Fields[] };
}

export interface LlmServer {
  /** Ends in `/v1`. */
  readonly url: string;
  readonly port: number;
  readonly asked: Asked[];
  /** Calls that would be on the bill. Errors are free. */
  paid(): number;
  /** That were ever opened. */
  connections(): number;
  /** At the same time, the most there ever were. */
  busiest(): number;
  /** Gives the answer of each request; by default it repeats the last message. */
  onAsked: (asked: Asked) => Answer;
  /** Who asked has left before the end. */
  onClosed: () => void;
  /** False: a provider that does not know `Idempotency-Key`, as most. */
  honoursKeys: boolean;
  /** When set, any other is refused. */
  apiKey: string | null;
  close(): Promise<void>;
}

export async function startLlmServer({ host = '127.0.0.1', port = 0 } = {}): Promise<LlmServer> {
  const model = new FakeModel();
  const http = createServer((request, response) => {
    model.take(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => http.listen(port, host, resolve));
  return model.started(http);
}

class FakeModel {
  readonly asked: Asked[] = [];
  onAsked: (asked: Asked) => Answer = repeat;
  onClosed = () => {};
  honoursKeys = true;
  apiKey: string | null = null;
  readonly #paidFor: string[] = [];
  /** What was answered under a key is answered again. */
  readonly #known = new Map<string, Answer>();
  #open = 0;
  #busiest = 0;

  started(http: Server): LlmServer {
    const sockets = new Set<Socket>();
    let connections = 0;
    http.on('connection', (socket: Socket) => {
      connections += 1;
      sockets.add(socket.once('close', () => sockets.delete(socket)));
    });
    const { port } = http.address() as AddressInfo;
    return Object.assign(this, {
      url: `http://127.0.0.1:${port}/v1`,
      port,
      connections: () => connections,
      paid: () => this.#paidFor.length,
      busiest: () => this.#busiest,
      close: () =>
        new Promise<void>((resolve) => {
          http.close(() => resolve());
          for (const socket of sockets) socket.destroy();
        }),
    });
  }

  async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await read(request);
    this.asked.push(asked);
    const answer = this.#answerTo(asked);
    this.#open += 1;
    this.#busiest = Math.max(this.#busiest, this.#open);
    response.once('close', () => {
      this.#open -= 1;
      if (!response.writableFinished) this.onClosed();
    });
    await sleep(answer.delayMs ?? 0);
    if (answer.silent) return;
    if (answer.raw) return sayRaw(response, answer.raw, answer.headers);
    if (answer.status) return refuse(response, { ...answer, status: answer.status });
    if (asked.path.endsWith('/embeddings')) return send(response, embedding(asked), answer);
    if (!asked.path.endsWith('/chat/completions')) return refuse(response, { status: 404, message: 'no such path' });
    if (asked.body.stream) await stream(response, asked, answer);
    else send(response, completion(asked, answer), answer);
  }

  #answerTo(asked: Asked): Answer {
    const { idempotency, key } = asked;
    if (this.apiKey !== null && key !== this.apiKey) return { status: 401, message: `Incorrect API key: ${key}` };
    const known = this.honoursKeys && idempotency ? this.#known.get(idempotency) : undefined;
    if (known) return known;
    const answer = this.onAsked(asked);
    if (answer.status || answer.silent || (answer.raw?.status ?? 200) >= 400) return answer;
    this.#paidFor.push(idempotency ?? '');
    // What was cut off is whole the next time.
    if (idempotency) this.#known.set(idempotency, { ...answer, cutAfter: Number.POSITIVE_INFINITY });
    return answer;
  }
}

function repeat({ body }: Asked): Answer {
  return { text: `you said: ${String(body.messages?.at(-1)?.content ?? '')}` };
}

async function read(request: IncomingMessage): Promise<Asked> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const { authorization } = request.headers;
  const idempotency = request.headers['idempotency-key'];
  return {
    path: request.url ?? '',
    key: authorization?.replace('Bearer ', '') ?? null,
    idempotency: typeof idempotency === 'string' ? idempotency : null,
    body: JSON.parse(Buffer.concat(parts).toString('utf8') || '{}'),
  };
}

function refuse(response: ServerResponse, { status, message = 'no', code, headers = {} }: Answer & { status: number }) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ error: { message, code: code ?? null, type: 'test' } }));
}

async function sayRaw(response: ServerResponse, raw: Raw, headers: Record<string, string> = {}): Promise<void> {
  response.writeHead(raw.status ?? 200, { 'content-type': raw.type ?? 'application/json', ...headers });
  for (const piece of raw.pieces) {
    await new Promise((resolve) => response.write(piece, resolve));
    await new Promise((resolve) => setImmediate(resolve)); // so that two are not joined on the way
  }
  if (raw.end === 'cut') await cut(response);
  else if (raw.end !== 'open') response.end();
}

function send(response: ServerResponse, body: Fields, { headers = {} }: Answer): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

function usageOf({ body }: Asked, { text = '', cost }: Answer): Fields {
  const prompt_tokens = words(JSON.stringify(body.messages ?? body.input ?? '')).length;
  const completion_tokens = words(text).length;
  const usage = { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
  return cost === undefined ? usage : { ...usage, cost };
}

function toolsOf({ tools = [] }: Answer) {
  return tools.map(({ name, args }, index) => ({
    index,
    id: `call_${index}_${name}`,
    type: 'function',
    function: { name, arguments: typeof args === 'string' ? args : JSON.stringify(args) },
  }));
}

function completion(asked: Asked, answer: Answer): Fields {
  const tool_calls = toolsOf(answer).map(({ index: _, ...call }) => call);
  const message = { role: 'assistant', content: answer.text ?? null, ...(tool_calls.length > 0 ? { tool_calls } : {}) };
  const finish_reason = tool_calls.length > 0 ? 'tool_calls' : 'stop';
  const about = { id: 'chatcmpl-test', object: 'chat.completion', created: 1, model: asked.body.model };
  return { ...about, choices: [{ index: 0, message, finish_reason }], usage: usageOf(asked, answer) };
}

/** Arguments of tools come in two pieces, as they do in life. */
function piecesOf(answer: Answer): Fields[] {
  const texts = answer.pieces ?? words(answer.text ?? '');
  const calls = toolsOf(answer).flatMap(({ function: { name, arguments: args }, ...call }) => {
    const half = Math.ceil(args.length / 2);
    return [
      { tool_calls: [{ ...call, function: { name, arguments: args.slice(0, half) } }] },
      { tool_calls: [{ index: call.index, function: { arguments: args.slice(half) } }] },
    ];
  });
  return [{ role: 'assistant', content: '' }, ...texts.map((content) => ({ content })), ...calls];
}

async function stream(response: ServerResponse, asked: Asked, answer: Answer): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', ...answer.headers });
  const about = { id: 'chatcmpl-test', object: 'chat.completion.chunk', created: 1, model: asked.body.model };
  const say = (more: Fields) => response.write(`data: ${JSON.stringify({ ...about, ...more })}\n\n`);
  for (const [n, delta] of piecesOf(answer).entries()) {
    if (n > (answer.cutAfter ?? Number.POSITIVE_INFINITY)) return cut(response);
    if (n > 1) await sleep(answer.pieceDelayMs ?? 0);
    say({ choices: [{ index: 0, delta, finish_reason: null }] });
  }
  say({ choices: [{ index: 0, delta: {}, finish_reason: answer.tools?.length ? 'tool_calls' : 'stop' }] });
  const wanted = (asked.body.stream_options as Fields | undefined)?.include_usage;
  if (wanted) say({ choices: [], usage: usageOf(asked, answer) });
  response.end('data: [DONE]\n\n');
}

/** What was said before is heard. */
async function cut(response: ServerResponse): Promise<void> {
  await sleep(20);
  response.destroy();
}

/** The same text is the same vector, of length one; texts that share words are near. */
function embedding(asked: Asked): Fields {
  const texts = [asked.body.input].flat().map(String);
  const data = texts.map((text, index) => ({ object: 'embedding', index, embedding: vectorOf(text) }));
  const { prompt_tokens } = usageOf(asked, {});
  return { object: 'list', model: asked.body.model, data, usage: { prompt_tokens, total_tokens: prompt_tokens } };
}

const DIMENSIONS = 32;

function vectorOf(text: string): number[] {
  const vector = new Array<number>(DIMENSIONS).fill(0);
  for (const word of words(text.toLowerCase())) {
    const place = (createHash('sha256').update(word.trim()).digest()[0] ?? 0) % DIMENSIONS;
    vector[place] = (vector[place] ?? 0) + 1;
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

const words = (text: string) => text.match(/\S+\s*/g) ?? [];
const sleep = (ms: number) => (ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms).unref()) : undefined);
