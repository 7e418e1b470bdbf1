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
import { NO_UPSTREAMS, openTunnel, requestThrough, type Upstreams } from './upstream.ts';

export interface ProxyOptions {
  allowed: readonly AllowedIndex[];
  limits: { connections: number; bytes: number; idleMs: number };
  /** Of the home, for indexes that are reached through one. */
  upstreams?: Upstreams;
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
  upstreams: Upstreams;
}

/** Not listening yet. */
export function createIndexProxy({ allowed, limits, onRefused, upstreams = NO_UPSTREAMS }: ProxyOptions): Server {
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
    upstreams,
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

async function tunnel(proxying: Proxying, { authority, client, head }: Tunnel): Promise<void> {
  const { find, counted, refuse } = proxying;
  client.on('error', () => client.destroy());
  const index = find(authority);
  if (!index) return void client.end('HTTP/1.1 403 not a package index of this build\r\nconnection: close\r\n\r\n');
  const upstream = await open(index, proxying).catch(({ message }: Error) => {
    refuse(authority, message);
    return null;
  });
  if (!upstream) return void client.end('HTTP/1.1 502 the index cannot be reached\r\nconnection: close\r\n\r\n');
  const endBoth = () => {
    upstream.destroy();
    client.destroy();
  };
  upstream.once('error', endBoth);
  client.write('HTTP/1.1 200 connected\r\n\r\n');
  upstream.write(head);
  pipeline(upstream, counted(), client, endBoth);
  pipeline(client, counted(), upstream, endBoth);
}

/** Directly to an address that was checked, or through the proxy of the home, who resolves the name. */
async function open(index: AllowedIndex, { upstreams, idleMs }: Proxying): Promise<Duplex> {
  const authority = `${index.host}:${index.port}`;
  if (index.isProxied && upstreams.https !== null) return openTunnel({ proxy: upstreams.https, authority, idleMs });
  const socket = connect({ host: index.host, port: index.port, lookup: lookupFor(index) });
  socket.setTimeout(idleMs, () => socket.destroy(new Error(`nothing passed for ${idleMs / 1000} s`)));
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

function fetchPlain(proxying: Proxying, request: IncomingMessage, response: ServerResponse) {
  const { find, counted, refuse, idleMs, upstreams } = proxying;
  const url = request.method === 'GET' && URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : null;
  const authority = url?.protocol === 'http:' ? `${url.hostname}:${url.port || 80}` : (request.url ?? '');
  const index = find(authority);
  if (!url || !index) return void response.writeHead(403, { connection: 'close' }).end();
  const headers = { ...withoutHops(request.headers), host: url.host };
  const call =
    index.isProxied && upstreams.http !== null
      ? requestThrough(upstreams.http, url, { headers, timeout: idleMs })
      : httpRequest(url, { headers, agent: false, lookup: lookupFor(index), timeout: idleMs });
  call.once('timeout', () => call.destroy());
  call.once('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, withoutHops(answer.headers));
    pipeline(answer, counted(), response, () => {});
  });
  call.once('error', (error) => {
    if (response.headersSent) return void response.destroy();
    refuse(authority, error.message || (error as NodeJS.ErrnoException).code || error.name);
    response.writeHead(502, { connection: 'close' }).end();
  });
  response.once('close', () => call.destroy());
  call.end();
}

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
