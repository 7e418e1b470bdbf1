/**
 * The way out to a provider of language models, for addresses that a bundle may name. It follows no redirect, unpacks
 * nothing, reads at most 8 MiB, and connects only to what the call may reach: the check is within the look-up of the
 * connection itself, so no second answer of a name server comes between. A proxy of the home is asked for the address that
 * was checked, not for the name; for the system's own model, which has no check, for the name.
 */
import { lookup as systemLookup } from 'node:dns';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { HairemError } from '../../../domain/errors/errors.ts';
import type { Reach } from '../../../domain/llm/language-model.ts';
import type { AddressClass } from '../../../domain/network/ip-address.ts';
import { NO_PROXIES, type Proxies, proxyFor } from '../../../domain/network/proxies.ts';
import { beginningOf, counted } from '../answer/read-response.ts';
import { plainError, plainPage } from './foreign-text.ts';
import { ProviderError } from './provider-error.ts';

export interface Door {
  classOf(address: string): AddressClass;
  /** Tests: another name server. */
  lookup?: LookupFunction;
  /** Of the home; none by default. */
  proxies?: Proxies;
}

/** A body of JSON that is sent. */
export interface Parcel {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** Is taken out of what the provider says. */
  key: string | null;
  signal: AbortSignal;
}

/** An answer without an error; `body` is read through a counter. */
export interface Heard {
  body: AsyncIterable<Buffer>;
  /** The rest matters to nobody: who leaves the body then keeps its connection open, if that ends soon. */
  finish(): void;
  /** Dollars, as LiteLLM says them. */
  cost: string | null;
}

/** @throws ProviderError; HairemError refused; and what `node:http` does where nobody answers */
export type Post = (parcel: Parcel) => Promise<Heard>;

const MOST_HEADER_BYTES = 16 * 1024;
const MOST_ERROR_BYTES = 64 * 1024;
const LEAVING_MS = 1_000;
const MOST_LEFT_BYTES = 64 * 1024;
/** Of the system's own address alone: no connection that was checked for one agent serves another. */
const KEPT = { keepAlive: true, maxFreeSockets: 8, timeout: 4_000 };

/** @returns the way out for calls of one reach */
export function createDoor({
  classOf,
  lookup = systemLookup as LookupFunction,
  proxies = NO_PROXIES,
}: Door): (reach: Reach) => Post {
  const kept = { 'http:': new HttpAgent(KEPT), 'https:': new HttpsAgent(KEPT) };
  const fresh = { 'http:': new HttpAgent(), 'https:': new HttpsAgent() };
  const through = proxied(proxies);

  return (reach) => async (parcel) => {
    const url = new URL(parcel.url);
    const protocol = url.protocol === 'https:' ? 'https:' : 'http:';
    const mayReach = (address: string) => isReachable(classOf(address), reach);
    const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(hostname) !== 0 && !mayReach(hostname)) throw outOfReach(url.host);
    const look = checked(lookup, { mayReach, host: url.host });
    const response =
      proxyFor(url, proxies) === null
        ? await send(url, parcel, { agent: (reach === 'owner' ? kept : fresh)[protocol], lookup: look })
        : await through(url, parcel, reach === 'owner' ? null : look);
    return answerOf(response, { host: url.host, key: parcel.key });
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

/**
 * @param look finds the address to ask the proxy for, and refuses one that may not be reached; null: it is asked for the
 * name, and where that leads is its own affair
 */
function proxied({ http, https }: Proxies) {
  const agents = {
    'http:': new HttpAgent({ proxyEnv: { HTTP_PROXY: http ?? '' } }),
    'https:': new HttpsAgent({ proxyEnv: { HTTPS_PROXY: https ?? '' } }),
  };
  return async (url: URL, parcel: Parcel, look: LookupFunction | null): Promise<IncomingMessage> => {
    const agent = agents[url.protocol === 'https:' ? 'https:' : 'http:'];
    const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1');
    if (look === null || isIP(hostname) !== 0) return send(url, parcel, { agent });
    const address = await addressOf(hostname, look);
    const asked = new URL(url);
    asked.hostname = isIP(address) === 6 ? `[${address}]` : address;
    // Inside of a tunnel the server hears its name; a proxy of plain HTTP would have made its own of it anyway.
    const headers = url.protocol === 'https:' ? { ...parcel.headers, host: url.host } : parcel.headers;
    return send(asked, { ...parcel, headers }, { agent, servername: hostname });
  };
}

const addressOf = (hostname: string, look: LookupFunction) =>
  new Promise<string>((resolve, reject) => {
    look(hostname, { all: true }, (error, found) => {
      const [first] = Array.isArray(found) ? found : [];
      if (error || !first) reject(error ?? new Error(`${hostname} has no address`));
      else resolve(first.address);
    });
  });

function outOfReach(host: string): HairemError {
  const what = `${host} is no address of the internet`;
  const how = 'a model in the house is reached where "model_addresses" of this agent in deploy/grants.yaml names it';
  return new HairemError('refused', `${what}: ${how}; hAIrem itself, this host's loopback and its link never are`);
}

function send(
  url: URL,
  { headers, body, signal }: Parcel,
  more: RequestOptions & { servername?: string },
): Promise<IncomingMessage> {
  const bytes = Buffer.from(body);
  const options: RequestOptions = {
    ...more,
    method: 'POST',
    headers: { ...headers, 'accept-encoding': 'identity', 'content-length': String(bytes.length) },
    maxHeaderSize: MOST_HEADER_BYTES,
    signal,
  };
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? httpsRequest(url, options) : httpRequest(url, options);
    request.once('response', resolve);
    request.once('upgrade', (_response, socket) => {
      socket.destroy();
      reject(new HairemError('refused', `${url.host} wants to speak another protocol`));
    });
    // One that was kept open and is closed just then was not heard: the same is asked again without harm.
    request.on('error', (error) => reject(Object.assign(error, { wasKept: request.reusedSocket })));
    request.end(bytes);
  });
}

async function answerOf(
  response: IncomingMessage,
  { host, key }: { host: string; key: string | null },
): Promise<Heard> {
  const status = response.statusCode ?? 0;
  const refusal = refusalOf(response, { status, host });
  if (refusal) {
    response.destroy();
    throw refusal;
  }
  if (status < 200 || status > 299) throw await errorOf(response, { status, key });
  return heardOf(response, host);
}

function heardOf(response: IncomingMessage, host: string): Heard {
  let isFinished = false;
  const declared = Number(response.headers['content-length'] ?? 0);
  const pieces = response.iterator({ destroyOnReturn: false });
  async function* body() {
    try {
      yield* counted(pieces, { host, declared });
    } finally {
      if (isFinished) leave(response);
      else response.destroy();
    }
  }
  const finish = () => {
    isFinished = true;
  };
  return { body: body(), finish, cost: headerOf(response, 'x-litellm-response-cost') };
}

/** Reads to its end what is nearly there, so that the connection can be used again; what goes on is cut off. */
function leave(response: IncomingMessage): void {
  const end = () => response.destroy();
  const timer = setTimeout(end, LEAVING_MS).unref();
  let bytes = 0;
  response.once('close', () => clearTimeout(timer));
  response.on('error', end);
  response.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > MOST_LEFT_BYTES) end();
  });
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
): Promise<ProviderError> {
  const text = await beginningOf(response, MOST_ERROR_BYTES).catch(() => '');
  response.destroy();
  const said = plainError(text.replace(/^\s*(event:[^\n]*\n)?data:/, ''), key); // some say it as an event
  const message = said.message || plainPage(text, headerOf(response, 'content-type') ?? '', key);
  // What is no status of HTTP is the provider's fault.
  const known = status >= 400 && status <= 599 ? status : 502;
  return new ProviderError({ ...said, message, status: known, retryAfter: retryAfterIn(response) });
}

/** Milliseconds, out of seconds or a date. */
function retryAfterIn(response: IncomingMessage): number | null {
  const milliseconds = Number(headerOf(response, 'retry-after-ms') ?? Number.NaN);
  if (milliseconds >= 0) return milliseconds;
  const text = headerOf(response, 'retry-after')?.trim();
  if (!text) return null;
  const wait = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, wait) : null;
}

function headerOf({ headers }: IncomingMessage, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' && value.length <= 200 ? value : null;
}
