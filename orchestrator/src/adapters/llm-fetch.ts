/**
 * The way out to a provider of language models, for addresses that a bundle may name. It follows no redirect, takes no
 * proxy out of the environment, unpacks nothing, reads at most 8 MiB, and connects only to what the call may reach: the
 * check is within the look-up of the connection itself, so no second answer of a name server comes between.
 */
import { lookup as systemLookup } from 'node:dns';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { HairemError } from '../domain/errors.ts';
import type { AddressClass } from '../domain/ip-address.ts';
import type { Reach } from '../domain/language-model.ts';
import { beginningOf, counted, eventLook, jsonLook } from './llm-reading.ts';
import { plainError } from './llm-said.ts';

export interface Door {
  classOf(address: string): AddressClass;
  /** Tests: another name server. */
  lookup?: LookupFunction;
}

export interface Way {
  reach: Reach;
  /** The answer is a stream of events, else one JSON value. */
  stream: boolean;
}

type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

const MOST_HEADER_BYTES = 16 * 1024;
const MOST_ERROR_BYTES = 64 * 1024;
/** Of the system's own address alone: no connection that was checked for one agent serves another. */
const KEPT = { keepAlive: true, maxFreeSockets: 8, timeout: 4_000 };
/** Given on to the library, beside the type; nothing else of what a stranger says. */
const HEADERS = ['retry-after', 'retry-after-ms', 'x-litellm-response-cost'];

/** @returns a `fetch` for one way out. It throws HairemError refused or too_large, and what `node:http` does. */
export function createDoor({ classOf, lookup = systemLookup as LookupFunction }: Door): (way: Way) => Fetch {
  const kept = { 'http:': new HttpAgent(KEPT), 'https:': new HttpsAgent(KEPT) };
  const fresh = { 'http:': new HttpAgent(), 'https:': new HttpsAgent() };

  return ({ reach, stream }) =>
    async (input, init = {}) => {
      const url = new URL(input instanceof Request ? input.url : input);
      const protocol = url.protocol === 'https:' ? 'https:' : 'http:';
      const mayReach = (address: string) => isReachable(classOf(address), reach);
      const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1');
      if (isIP(hostname) !== 0 && !mayReach(hostname)) throw outOfReach(url.host);
      const response = await send(url, init, {
        agent: (reach === 'owner' ? kept : fresh)[protocol],
        lookup: checked(lookup, { mayReach, host: url.host }),
      });
      return answerOf(response, { host: url.host, stream, key: keyIn(init) });
    };
}

function isReachable(found: AddressClass, reach: Reach): boolean {
  if (reach === 'owner' || found === 'public') return true;
  return found === 'private' && reach === 'granted';
}

/** One that may not be reached spoils all: a name that leads here and there is no honest one. */
function checked(
  lookup: LookupFunction,
  { mayReach, host }: { mayReach: (address: string) => boolean; host: string },
): LookupFunction {
  return (hostname, options, done) => {
    lookup(hostname, options, (error, found, family) => {
      if (error) return done(error, found, family);
      const addresses = Array.isArray(found) ? found.map(({ address }) => address) : [found];
      if (addresses.every(mayReach)) return done(null, found, family);
      done(outOfReach(host), '', 0);
    });
  };
}

function outOfReach(host: string): HairemError {
  const what = `${host} is no address of the internet`;
  const how = 'a model in the house is reached where "model_addresses" of this agent in deploy/grants.yaml names it';
  return new HairemError('refused', `${what}: ${how}; hAIrem itself, this host's loopback and its link never are`);
}

function send(url: URL, init: RequestInit, more: RequestOptions): Promise<IncomingMessage> {
  const body = Buffer.from(typeof init.body === 'string' ? init.body : '');
  const headers = Object.fromEntries(new Headers(init.headers));
  const options: RequestOptions = {
    ...more,
    method: init.method ?? 'GET',
    headers: { ...headers, 'accept-encoding': 'identity', 'content-length': String(body.length) },
    maxHeaderSize: MOST_HEADER_BYTES,
    ...(init.signal ? { signal: init.signal } : {}),
  };
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? httpsRequest(url, options) : httpRequest(url, options);
    request.once('response', resolve);
    request.once('upgrade', (_response, socket) => {
      socket.destroy();
      reject(new HairemError('refused', `${url.host} wants to speak another protocol`));
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function answerOf(
  response: IncomingMessage,
  about: { host: string; stream: boolean; key: string | null },
): Promise<Response> {
  const status = response.statusCode ?? 0;
  const { host, stream } = about;
  const refusal = refusalOf(response, { status, host });
  if (refusal) {
    response.destroy();
    throw refusal;
  }
  if (status < 200 || status > 299) return errorOf(response, { status, key: about.key });
  const headers = headersOf(response);
  const look = stream ? eventLook(host) : jsonLook(host);
  const body = ReadableStream.from(counted(response, { host, look }));
  return new Response(status === 204 || status === 205 ? null : body, { status, headers });
}

function refusalOf({ headers }: IncomingMessage, { status, host }: { status: number; host: string }) {
  if (status >= 300 && status < 400) {
    const how = 'no redirect is followed; set base_url to where it leads';
    return new HairemError('refused', `${host} answers with a redirect (${status}): ${how}`);
  }
  const packed = headers['content-encoding'] ?? 'identity';
  if (packed.trim().toLowerCase() === 'identity') return null;
  return new HairemError(
    'refused',
    `${host} answers with something packed, which was not asked for and is not unpacked`,
  );
}

/** Of an error only a status and one sentence. */
async function errorOf(
  response: IncomingMessage,
  { status, key }: { status: number; key: string | null },
): Promise<Response> {
  const isJson = /^application\/([\w.-]+\+)?json\b/i.test(response.headers['content-type'] ?? '');
  const isPlain = (response.headers['content-encoding'] ?? 'identity') === 'identity';
  const text = isJson && isPlain ? await beginningOf(response, MOST_ERROR_BYTES) : '';
  response.destroy();
  const headers = headersOf(response);
  headers.set('content-type', 'application/json');
  return new Response(JSON.stringify({ error: plainError(text, key) }), { status: statusWithin(status), headers });
}

/** Some providers repeat it in their errors. */
const keyIn = ({ headers }: RequestInit) => new Headers(headers).get('authorization')?.replace(/^Bearer /, '') ?? null;

/** What is no status of HTTP is the provider's fault. */
const statusWithin = (status: number) => (status >= 400 && status <= 599 ? status : 502);

function headersOf({ headers: said }: IncomingMessage): Headers {
  const headers = new Headers();
  for (const name of ['content-type', ...HEADERS]) {
    const value = said[name];
    if (typeof value === 'string' && value.length <= 200) headers.set(name, value);
  }
  return headers;
}
