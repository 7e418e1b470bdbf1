/**
 * An HTTP proxy to package indexes and to nothing else: CONNECT for https, absolute URLs for an owner's plain http. It
 * holds no secret, and is bounded in connections, bytes and time.
 */
import { type LookupAddress, lookup } from 'node:dns';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect, isIP, type LookupFunction } from 'node:net';
import { type Duplex, pipeline, Transform } from 'node:stream';
import { type AllowedIndex, findAllowed, isReachable } from './allowed.ts';

export interface ProxyOptions {
  allowed: readonly AllowedIndex[];
  limits: { connections: number; bytes: number; idleMs: number };
  /** Told once of each host that is refused, and why. */
  onRefused: (line: string) => void;
}

interface Proxying {
  /** @returns null where it is refused, which has been told */
  find(authority: string): AllowedIndex | null;
  /** Counts what passes; the stream fails when the build has fetched as much as it may. */
  counted(): Transform;
  refuse(authority: string, why: string): void;
  idleMs: number;
}

/** Not listening yet. */
export function createIndexProxy({ allowed, limits, onRefused }: ProxyOptions): Server {
  const { connections, bytes, idleMs } = limits;
  const refuse = tellOnce(onRefused);
  const proxying: Proxying = {
    find(authority) {
      const index = findAllowed(allowed, authority);
      if (!index) refuse(authority, 'it is not a package index of this build');
      else if (isIP(index.host) === 0 || isReachable(index.host, index.isOwners)) return index;
      else refuse(authority, NOT_REACHABLE);
      return null;
    },
    counted: counter(bytes),
    refuse,
    idleMs,
  };
  const server = createServer({ requestTimeout: idleMs, maxHeaderSize: 16 * 1024 });
  server.maxConnections = connections;
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) =>
    tunnel(proxying, { authority: request.url ?? '', client, head }),
  );
  server.on('request', (request: IncomingMessage, response: ServerResponse) => fetchPlain(proxying, request, response));
  return server;
}

interface Tunnel {
  authority: string;
  client: Duplex;
  head: Buffer;
}

function tunnel({ find, counted, refuse, idleMs }: Proxying, { authority, client, head }: Tunnel): void {
  client.on('error', () => client.destroy());
  const index = find(authority);
  if (!index) return void client.end('HTTP/1.1 403 not a package index of this build\r\nconnection: close\r\n\r\n');
  const upstream = connect({ host: index.host, port: index.port, lookup: lookupFor(index) });
  let isOpen = false;
  const endBoth = () => {
    upstream.destroy();
    client.destroy();
  };
  upstream.setTimeout(idleMs, endBoth);
  upstream.once('connect', () => {
    isOpen = true;
    client.write('HTTP/1.1 200 connected\r\n\r\n');
    upstream.write(head);
    pipeline(upstream, counted(), client, endBoth);
    pipeline(client, counted(), upstream, endBoth);
  });
  upstream.once('error', (error) => {
    if (isOpen) return endBoth();
    refuse(authority, wordsOf(error));
    client.end('HTTP/1.1 502 the index cannot be reached\r\nconnection: close\r\n\r\n');
  });
}

function fetchPlain({ find, counted, refuse, idleMs }: Proxying, request: IncomingMessage, response: ServerResponse) {
  const url = request.method === 'GET' && URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : null;
  const authority = url?.protocol === 'http:' ? `${url.hostname}:${url.port || 80}` : (request.url ?? '');
  const index = find(authority);
  if (!url || !index) return void response.writeHead(403, { connection: 'close' }).end();
  const headers = { ...withoutHops(request.headers), host: url.host };
  const call = httpRequest(url, { headers, agent: false, lookup: lookupFor(index), timeout: idleMs });
  call.once('timeout', () => call.destroy());
  call.once('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, withoutHops(answer.headers));
    pipeline(answer, counted(), response, () => {});
  });
  call.once('error', (error) => {
    if (response.headersSent) return void response.destroy();
    refuse(authority, wordsOf(error));
    response.writeHead(502, { connection: 'close' }).end();
  });
  response.once('close', () => call.destroy());
  call.end();
}

/** Of a host with several addresses the error has no message, only a code. */
const wordsOf = (error: NodeJS.ErrnoException) => error.message || error.code || error.name;

const NOT_REACHABLE = 'it is at an address that a build may not reach';

/** Looked up once, and checked before it is connected to: a name may say another address each time. */
function lookupFor({ isOwners }: AllowedIndex): LookupFunction {
  return (host, options, done) => {
    lookup(host, { ...options, all: true }, (error: Error | null, found: LookupAddress[]) => {
      const good = (found ?? []).filter(({ address }) => isReachable(address, isOwners));
      const [first] = good;
      if (error) done(error, '');
      else if (!first) done(new Error(NOT_REACHABLE), '');
      else if (options.all) done(null, good);
      else done(null, first.address, first.family);
    });
  };
}

function tellOnce(tell: ProxyOptions['onRefused']): Proxying['refuse'] {
  const told = new Set<string>();
  return (authority, why) => {
    const name = authority.slice(0, 300);
    if (told.has(name) || told.size > 100) return;
    told.add(name);
    tell(`refused ${JSON.stringify(name)}: ${why}`);
  };
}

function counter(bytes: number): Proxying['counted'] {
  let left = bytes;
  return () =>
    new Transform({
      transform(chunk: Buffer, _, done) {
        left -= chunk.length;
        if (left < 0) done(new Error('the build has fetched as much as it may'));
        else done(null, chunk);
      },
    });
}

const HOPS = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'transfer-encoding',
  'te',
  'upgrade',
  'trailer',
]);

const withoutHops = (headers: IncomingMessage['headers']) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOPS.has(name)));
