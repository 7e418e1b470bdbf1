/**
 * A server at the address that a bundle names, which is no provider of language models: it redirects, packs what it
 * says, never ends, and answers with pages of another server. Counts connections, and what of its words left it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';

export type Mood = (response: ServerResponse, request: IncomingMessage) => void;

export interface HostileProvider {
  /** Ends in `/v1`. */
  readonly url: string;
  readonly port: number;
  mood: Mood;
  connections(): number;
  /** Bytes that were taken from it; more than it could send is what the caller's buffers hold. */
  sent(): number;
  /** As they came. */
  headers: IncomingMessage['headers'][];
  paths: string[];
  close(): Promise<void>;
}

export async function startHostileProvider(): Promise<HostileProvider> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let gone = 0;
  const http = createServer((request, response) => {
    own.headers.push(request.headers);
    own.paths.push(request.url ?? '');
    request.resume();
    own.mood(response, request);
  });
  http.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once('close', () => {
      gone += socket.bytesWritten;
      sockets.delete(socket);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  const own: HostileProvider = {
    url: `http://127.0.0.1:${port}/v1`,
    port,
    mood: page('text/html', '<html>nothing</html>'),
    connections: () => connections,
    sent: () => [...sockets].reduce((sum, socket) => sum + socket.bytesWritten, gone),
    headers: [],
    paths: [],
    close: () =>
      new Promise<void>((resolve) => {
        http.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return own;
}

export function page(type: string, body: string, status = 200): Mood {
  return (response) => response.writeHead(status, { 'content-type': type }).end(body);
}

export function redirect(status: number, location: string): Mood {
  return (response) => response.writeHead(status, { location, 'content-type': 'text/html' }).end('<a>moved</a>');
}

const BOMB = {
  gzip: () => gzipSync(Buffer.alloc(64 * 1024 * 1024)),
  br: () => brotliCompressSync(Buffer.alloc(64 * 1024 * 1024)),
};

/** A few kilobytes that unpack to 64 MiB, whether asked for or not. */
export function bomb(encoding: 'gzip' | 'br', status = 200): Mood {
  const packed = BOMB[encoding]();
  return (response) => {
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
    response.writeHead(status, headers).end(packed);
  };
}

/** Goes on as long as it is read, or until it has sent so much. */
export function endless(type: string, { begin = '', piece, most = 256 * 1024 * 1024, status = 200 }: Endless): Mood {
  return (response) => {
    response.writeHead(status, { 'content-type': type });
    response.write(begin);
    let sent = 0;
    const more = () => {
      while (sent < most && !response.destroyed) {
        sent += piece.length;
        if (!response.write(piece)) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  };
}

interface Endless {
  begin?: string;
  piece: string;
  most?: number;
  status?: number;
}

/** One piece after the other, so many milliseconds apart. */
export function drip(type: string, piece: string, everyMs: number): Mood {
  return (response) => {
    response.writeHead(200, { 'content-type': type });
    const timer = setInterval(() => response.write(piece), everyMs);
    response.once('close', () => clearInterval(timer));
  };
}
