/**
 * The gate process: the only one that holds the engine's socket. It passes on what `routes.ts` allows and refuses
 * everything else, on a socket of its own.
 */
import { chmod, rm } from 'node:fs/promises';
import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { asHairemError, HairemError } from '../domain/errors.ts';
import { readJson as readText } from '../domain/json-text.ts';
import { passOn } from './pass-on.ts';
import { findPassage, type Route } from './routes.ts';

export interface GateOptions {
  /** Path of the socket that the gate makes; one that is left over is replaced. */
  listen: string;
  /** Path of the engine's socket. */
  upstream: string;
  /** Told of each call that is refused. */
  onRefused?: (line: string) => void;
}

export interface Gate {
  close(): Promise<void>;
}

const MAX_JSON_BYTES = 256 * 1024;
/** Longer than callers keep a connection, so that none is closed under a request. */
const KEEP_ALIVE_MS = 15 * 60 * 1000;

/** @throws the system's error when the socket cannot be made */
export async function runGate({ listen, upstream, onRefused = () => {} }: GateOptions): Promise<Gate> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 }, (request, response) => {
    answer(request, response, { socketPath: upstream, agent }).catch((error: unknown) => {
      const { code, message } = asHairemError(error);
      if (code === 'unauthorized') onRefused(message);
      refuse(response, code === 'unauthorized' ? 403 : 400, message);
    });
  });
  await rm(listen, { force: true });
  await listening(server, listen);
  await chmod(listen, 0o660);
  return { close: () => close(server, agent) };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  upstream: { socketPath: string; agent: Agent },
): Promise<void> {
  const { method = '', url = '' } = request;
  const passage = findPassage(method, url);
  if (!passage.allowed) throw forbidden(request, passage.why);
  passOn({ request, response, upstream, body: await bodyFor(passage.route, request) });
}

/** @returns what to send instead of the body, null to stream it */
async function bodyFor({ body }: Route, request: IncomingMessage): Promise<string | null> {
  if (body === 'stream') return null;
  if (body === 'none') return '';
  const parsed = body.safeParse(await readJson(request));
  if (parsed.success) return JSON.stringify(parsed.data);
  const [issue] = parsed.error.issues;
  throw forbidden(request, `${issue?.path.join('.') || 'body'}: ${issue?.message}`);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Not destroyed when it is too large: the refusal still has to get through.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > MAX_JSON_BYTES) throw forbidden(request, 'the body is too large');
    chunks.push(chunk);
  }
  const value = readText(Buffer.concat(chunks).toString());
  if (value === undefined) throw forbidden(request, 'the body is not JSON, or nested too deeply');
  return value;
}

function forbidden(request: IncomingMessage, why: string): HairemError {
  const path = (request.url ?? '').split('?')[0]?.slice(0, 200);
  return new HairemError('unauthorized', `the gate does not let through ${request.method} ${path}: ${why}`);
}

/** In the engine's own form, so that callers read it as any other error of it. */
function refuse(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) return void response.destroy();
  const body = JSON.stringify({ message });
  // What is still coming of a refused upload is not read.
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(body);
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
