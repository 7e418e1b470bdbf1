/** Calls the API: adds the token, and turns what goes wrong into errors that say what to do. */

import type { ReadableStream } from 'node:stream/web';
import * as z from 'zod';
import { codesIn } from '../domain/errors/error-codes.ts';
import { wordsOf } from '../domain/errors/error-text.ts';
import { type ErrorCode, HairemError } from '../domain/errors/errors.ts';
import { DEEPEST_CARRIED, readJson as readText } from '../domain/text/json-text.ts';
import type { Config } from '../process/config.ts';
import { type FoundToken, readToken } from './read-token.ts';

interface Request {
  method?: 'GET' | 'POST';
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}

/** Methods throw api_unavailable, unauthorized, and the codes of the API's problem documents. */
export interface ApiClient {
  json<S extends z.ZodType>(path: string, schema: S, request?: Request): Promise<z.output<S>>;
  text(path: string): Promise<string>;
  /** The body in pieces of text, as they come. */
  stream(path: string, request?: Request): Promise<AsyncIterable<string>>;
}

const problemSchema = z.object({ code: z.string(), detail: z.string(), log: z.array(z.string()).optional() });

/** @throws unauthorized where there is no token */
export async function connectApi(config: Config): Promise<ApiClient> {
  const found = await readToken(config);
  const call = (path: string, request: Request = {}) => callApi({ url: config.api.url, path, found, request });
  return {
    json: async (path, schema, request) => readJson(await call(path, request), schema),
    text: async (path) => (await call(path)).text(),
    async stream(path, request) {
      const { body } = await call(path, request);
      return body === null ? emptyStream() : texts(body, config.api.url);
    },
  };
}

interface ApiCall {
  url: string;
  path: string;
  found: FoundToken;
  request: Request;
}

async function callApi({ url, path, found, request }: ApiCall): Promise<Response> {
  const { method = 'GET', body, headers } = request;
  const content = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(url + path, {
    method,
    headers: { ...headers, ...content, authorization: `Bearer ${found.token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw unreachable(url, cause);
  });
  if (!response.ok) throw await refused(response, { url, found });
  return response;
}

function unreachable(url: string, cause: unknown): HairemError {
  return new HairemError(
    'api_unavailable',
    `nothing answers at ${url} (${reasonOf(cause)}); start hAIrem with \`./hairem up\`, or say where it is in HAIREM_API_URL`,
    { cause },
  );
}

/** fetch says "fetch failed" and keeps the reason in its cause. */
function reasonOf(thrown: unknown): string {
  return codesIn(thrown)[0] ?? wordsOf(thrown);
}

async function refused(response: Response, { url, found }: Pick<ApiCall, 'url' | 'found'>): Promise<HairemError> {
  if (response.status === 401)
    return new HairemError(
      'unauthorized',
      `${url} does not accept the token from ${found.from}; \`./hairem token\` prints the right one`,
    );
  const parsed = problemSchema.safeParse(readText(await response.text().catch(() => ''), DEEPEST_CARRIED));
  if (!parsed.success) return new HairemError('api_unavailable', `${url} answers ${response.status} and is no hAIrem`);
  const { code, detail, log = [] } = parsed.data;
  return new HairemError(codeOf(code), detail, { log });
}

/** What the protocol refuses is a wrong use of the CLI; every other code is one of the domain. */
function codeOf(code: string): ErrorCode {
  const ours: readonly ErrorCode[] = [
    'not_found',
    'conflict',
    'timeout',
    'bus_unavailable',
    'engine_unavailable',
    'not_ready',
  ];
  if (code === 'bad_request') return 'bad_config';
  if (code === 'forbidden') return 'unauthorized';
  return ours.find((known) => known === code) ?? 'internal';
}

async function readJson<S extends z.ZodType>(response: Response, schema: S): Promise<z.output<S>> {
  const parsed = schema.safeParse(readText(await response.text().catch(() => ''), DEEPEST_CARRIED));
  if (parsed.success) return parsed.data;
  throw new HairemError('internal', `${response.url} answers in a form that this version does not know`, {
    cause: parsed.error,
  });
}

async function* texts(body: ReadableStream<Uint8Array>, url: string): AsyncIterable<string> {
  const decoder = new TextDecoder();
  try {
    for await (const chunk of body) yield decoder.decode(chunk, { stream: true });
  } catch (cause) {
    throw unreachable(url, cause);
  }
}

async function* emptyStream(): AsyncIterable<string> {}
