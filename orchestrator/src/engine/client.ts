/**
 * The one door to the container engine: version negotiation, a deadline for every call, and errors in our own codes.
 * The only file that imports dockerode. Its modem is used directly, because dockerode's own methods also put the body
 * of a POST into the query string, and with it the environment of a container.
 */

import { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import Docker from 'dockerode';
import * as z from 'zod';
import { wordsOf } from '../domain/errors/error-text.ts';
import { type ErrorCode, HairemError } from '../domain/errors/errors.ts';
import { isMistake, isNoAnswer } from '../domain/errors/no-answer.ts';
import type { Clock } from '../domain/ports/ports.ts';
import { DEEPEST_CARRIED, parseJson } from '../domain/text/json-text.ts';
import { pickApiVersion } from './api-version.ts';

export interface EngineCall {
  method: 'GET' | 'POST' | 'DELETE';
  /** Without version and query, for example `/containers/json`. */
  path: string;
  query?: Readonly<Record<string, string | number | boolean | object>>;
  body?: object;
  /** A tar stream as the body. */
  file?: Readable;
  /** Statuses from 300 up that are an answer and no error. */
  accept?: readonly number[];
  /** The answer's whole body for `call`, its head for `open`; 20 by default. */
  seconds?: number;
  signal?: AbortSignal;
}

/** Errors: engine_unavailable, engine_refused, not_found (404), and the signal's reason. */
export interface Engine {
  /** @returns status and the parsed body; null where there is none */
  call(request: EngineCall): Promise<{ status: number; body: unknown }>;
  /** A body that comes over time, bounded by the signal alone once it has begun. */
  open(request: EngineCall): Promise<Readable>;
}

type Modem = Docker['modem'];

const spoken = z.object({ ApiVersion: z.string(), MinAPIVersion: z.string().nullish() });
const noEngine = (message: string) => new HairemError('engine_unavailable', message);

const CALL_SECONDS = 20;
/** Every status is an answer to the modem; what is an error is decided here. */
const ANY_STATUS = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [i + 200, true]));

export function connectEngine({ socketPath, clock }: { socketPath: string; clock: Clock }): Engine {
  let negotiated: Promise<Modem> | null = null;

  async function negotiate(): Promise<Modem> {
    const { modem } = new Docker({ socketPath });
    const request: EngineCall = { method: 'GET', path: '/version' };
    const answer = await within({ clock, request }, async (signal) =>
      bodyOf(request, await refuseErrors(request, await dial(modem, request, signal))),
    );
    const versions = spoken.safeParse(answer);
    if (!versions.success) throw noEngine('the engine names no API version');
    const version = pickApiVersion({ min: versions.data.MinAPIVersion ?? null, max: versions.data.ApiVersion });
    return new Docker({ socketPath, version: `v${version}` }).modem;
  }

  /** Asked again after every failure to connect: the engine may come back as another version. */
  async function modemOf(): Promise<Modem> {
    try {
      negotiated ??= negotiate();
      return await negotiated;
    } catch (error) {
      negotiated = null;
      throw error;
    }
  }

  async function run<T>(request: EngineCall, read: (response: IncomingMessage) => Promise<T>): Promise<T> {
    try {
      const modem = await modemOf();
      return await within({ clock, request }, async (signal) => {
        const response = await dial(modem, request, signal);
        return read(await refuseErrors(request, response));
      });
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason;
      const failure = asEngineError(request, error);
      if (failure.code === 'engine_unavailable') negotiated = null;
      throw failure;
    }
  }

  return {
    call: (request) =>
      run(request, async (response) => ({
        status: response.statusCode ?? 0,
        body: await bodyOf(request, response),
      })),
    open: (request) => run(request, async (response) => response),
  };
}

function dial(modem: Modem, request: EngineCall, signal: AbortSignal): Promise<IncomingMessage> {
  const { method, path, query = {}, body = {}, file } = request;
  return new Promise((resolve, reject) => {
    const options = { _query: query, _body: body };
    const common = { method, path: `${path}?`, options, isStream: true, statusCodes: ANY_STATUS, abortSignal: signal };
    modem.dial(file ? { ...common, file } : common, (error, response) => {
      if (error) reject(error);
      else if (response instanceof IncomingMessage) resolve(response);
      else reject(new TypeError('the engine answered with something that is not HTTP'));
    });
  });
}

/** Runs with a signal that the deadline or the caller aborts; a stream keeps the caller's alone. */
async function within<T>(
  { clock, request }: { clock: Clock; request: EngineCall },
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const seconds = request.seconds ?? CALL_SECONDS;
  const late = new AbortController();
  const done = new AbortController();
  clock.sleep(seconds * 1000, done.signal).then(
    () =>
      late.abort(new HairemError('engine_unavailable', `the engine did not answer ${request.path} in ${seconds} s`)),
    () => {},
  );
  const signal = request.signal ? AbortSignal.any([late.signal, request.signal]) : late.signal;
  try {
    return await run(signal);
  } catch (error) {
    throw late.signal.aborted ? late.signal.reason : error;
  } finally {
    done.abort();
  }
}

async function refuseErrors(request: EngineCall, response: IncomingMessage): Promise<IncomingMessage> {
  const status = response.statusCode ?? 0;
  if (status < 300 || request.accept?.includes(status)) return response;
  const said = messageOf(await text(response));
  const what = `${request.method} ${request.path}`;
  throw new HairemError(codeOf(status), said || `HTTP ${status}`, {
    cause: new Error(`${what}: HTTP ${status}`),
  });
}

/** 502 to 504 are the gate's own words: it is there, and the engine behind it is not. */
function codeOf(status: number): ErrorCode {
  if (status >= 502 && status <= 504) return 'engine_unavailable';
  return status === 404 ? 'not_found' : 'engine_refused';
}

function messageOf(body: string): string {
  try {
    return z.object({ message: z.string() }).parse(parseJson(body, DEEPEST_CARRIED)).message.trim();
  } catch {
    return body.trim().slice(0, 500);
  }
}

/** What is no JSON, though it says so, comes of whatever answers in the engine's place, or of one that just ends. */
async function bodyOf({ path }: EngineCall, response: IncomingMessage): Promise<unknown> {
  const isJson = response.headers['content-type']?.startsWith('application/json');
  const body = await text(response);
  if (!isJson || response.statusCode === 204 || response.statusCode === 304) return null;
  try {
    return parseJson(body, DEEPEST_CARRIED);
  } catch (error) {
    throw new HairemError('engine_unavailable', `the engine answers ${path} with no JSON`, { cause: error });
  }
}

/** What is not an answer of the engine is its absence: no socket, refused, cut off in the middle. A mistake of ours is none. */
function asEngineError(request: EngineCall, cause: unknown): HairemError {
  if (cause instanceof HairemError) return cause;
  if (isMistake(cause)) return new HairemError('internal', `${request.path} went wrong: ${wordsOf(cause)}`, { cause });
  const what = isNoAnswer(cause) ? 'is not there' : 'broke off';
  return new HairemError('engine_unavailable', `the engine ${what} (${request.path}): ${wordsOf(cause)}`, { cause });
}
