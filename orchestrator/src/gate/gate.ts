/**
 * The gate process (an engine proxy): the only one that holds the engine's socket. It passes on what `routes.ts` allows
 * for the things of its own installation and refuses everything else, on a socket of its own.
 */
import { chmod, rm } from 'node:fs/promises';
import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { asHairemError, HairemError } from '../domain/errors/errors.ts';
import { NO_PROXIES } from '../domain/network/proxies.ts';
import { readJson as readText } from '../domain/text/json-text.ts';
import type { BaseImages } from '../images/base-image.ts';
import { checkBuild, type Ways } from './build-check.ts';
import type { Checked } from './checks.ts';
import type { Upstream } from './engine-call.ts';
import { filtered } from './filters.ts';
import { createOwners, type Owned, type Owners } from './owners.ts';
import { passOn, sendJson } from './pass-on.ts';
import { type Found, findPassage, ownerOf } from './routes.ts';
import type { Scope } from './scope.ts';

export interface GateOptions {
  /** Path of the socket that the gate makes; one that is left over is replaced. */
  listen: string;
  /** Path of the engine's socket. */
  upstream: string;
  scope: Scope;
  /** As this gate would build them: it takes no other ones. */
  bases: BaseImages;
  /** Certificates and proxies of the home: what base images are built with. */
  ways?: Ways;
  /** Told of each call that is refused, and of each thing of somebody else that was asked for. */
  onRefused?: (line: string) => void;
}

export interface Gate {
  close(): Promise<void>;
}

interface Context {
  upstream: Upstream;
  scope: Scope;
  owners: Owners;
  bases: BaseImages;
  ways: Ways;
  onRefused: (line: string) => void;
}

const PLAIN_WAYS: Ways = { proxies: NO_PROXIES };
const MAX_JSON_BYTES = 256 * 1024;
/** Logs that are followed hold one each. */
const MAX_CONNECTIONS = 2048;
/** Longer than callers keep a connection, so that none is closed under a request. */
const KEEP_ALIVE_MS = 15 * 60 * 1000;

/** @throws the system's error when the socket cannot be made */
export async function runGate(options: GateOptions): Promise<Gate> {
  const { listen, scope, bases, ways = PLAIN_WAYS, onRefused = () => {} } = options;
  const agent = new Agent({ keepAlive: true });
  const upstream = { socketPath: options.upstream, agent };
  const owners = createOwners({ upstream, scope, onForeign: onRefused });
  const context = { upstream, scope, owners, bases, ways, onRefused };
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 }, (request, response) => {
    answer(request, response, context).catch((error: unknown) => refuse(request, response, { error, onRefused }));
  });
  server.maxConnections = MAX_CONNECTIONS;
  await rm(listen, { force: true });
  await listening(server, listen);
  await chmod(listen, 0o660);
  return { close: () => close(server, agent) };
}

async function answer(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  const { method = '', url = '' } = request;
  const passage = findPassage(method, url);
  if (!passage.allowed) throw new HairemError('unauthorized', passage.why);
  const { route } = passage;
  const { upstream, scope, owners, onRefused } = context;
  const query = filtered(passage.query, route.filter, scope);
  const thing = route.names === null ? null : await ownerOf(route.names, owners)(passage.ref ?? '');
  const call: Checked = { thing, query, owners, scope };
  await route.check(call);
  const body = await bodyFor(passage, request, { ...context, call });
  passOn({
    method,
    path: pathOf(passage, call),
    body,
    answer: route.answer,
    view: { scope, owners },
    response,
    upstream,
    onBroken: (error) => onRefused(refusal(request, error.message)),
  });
}

/** With the id of what it names, so that the engine looks up no name that may have moved since. */
function pathOf({ route, version, ref }: Found, { thing, query }: Checked): string {
  const path = route.spec.slice(route.method.length + 1);
  const named = thing ? path.replace(/\{.+\}/, referenceOf(route.method, ref ?? '', thing)) : path;
  return `${version}${named}${query.size > 0 ? `?${query}` : ''}`;
}

/** An image that has more tags than this loses this one alone; by its id the engine refuses while another needs it. */
function referenceOf(method: string, ref: string, { id, tags }: Owned): string {
  return method === 'DELETE' && tags.length > 1 && tags.includes(ref) ? ref : id;
}

async function bodyFor(
  { route: { body } }: Found,
  request: IncomingMessage,
  { call, ...rules }: Context & { call: Checked },
): Promise<string | Readable> {
  if (body === 'build') return checkBuild({ query: call.query, body: request }, rules);
  if (body !== 'none') return JSON.stringify(await body(await readJson(request), call));
  request.resume();
  return '';
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Not destroyed when it is too large: the refusal still has to get through.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > MAX_JSON_BYTES) throw new HairemError('unauthorized', 'the body is too large');
    chunks.push(chunk);
  }
  const value = readText(Buffer.concat(chunks).toString());
  if (value === undefined) throw new HairemError('unauthorized', 'the body is not JSON, or nested too deeply');
  return value;
}

function refusal(request: IncomingMessage, why: string): string {
  const path = (request.url ?? '').split('?')[0]?.slice(0, 200);
  return `the gate does not let through ${request.method} ${path}: ${why}`;
}

const STATUS: Readonly<Record<string, number>> = {
  unauthorized: 403,
  not_found: 404,
  engine_unavailable: 502,
  engine_refused: 500,
};

/** In the engine's own form, so that callers read it as any other error of it. */
function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { error, onRefused }: { error: unknown; onRefused: (line: string) => void },
): void {
  const { code, message } = asHairemError(error);
  const said = code === 'unauthorized' ? refusal(request, message) : message;
  if (code === 'unauthorized') onRefused(said);
  if (response.headersSent) return void response.destroy();
  // What is still coming of a refused upload is not read.
  response.setHeader('connection', 'close');
  sendJson(response, STATUS[code] ?? 400, { message: said });
}

function listening(server: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(path, resolve);
  return promise;
}

async function close(server: Server, agent: Agent): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeAllConnections();
  agent.destroy();
  await promise;
}
