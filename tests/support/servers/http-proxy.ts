/** A small HTTP proxy as homes have them: CONNECT and absolute URLs, with a password or without; it resolves names itself. */
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';

export interface HttpProxy {
  url: string;
  /** `CONNECT model.test:443`, `GET http://model.test/…`, in order. */
  asked: string[];
  close(): Promise<void>;
}

export interface HttpProxyOptions {
  password?: string;
  /** Where it listens, and what reaches it; by default this host alone. */
  address?: string;
  /** Names are what they are; by default every name is this host for it. */
  isReal?: boolean;
}

export async function startHttpProxy(options: HttpProxyOptions = {}): Promise<HttpProxy> {
  const { password, address = '127.0.0.1', isReal = false } = options;
  const asked: string[] = [];
  const wanted = password === undefined ? undefined : `Basic ${Buffer.from(`me:${password}`).toString('base64')}`;
  const isKnown = ({ headers }: IncomingMessage) => headers['proxy-authorization'] === wanted;
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (!isKnown(request)) return void response.writeHead(407).end();
    const url = new URL(request.url ?? '');
    const { 'proxy-authorization': _, ...headers } = request.headers;
    const call = httpRequest({ port: url.port, path: url.pathname, method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    call.on('error', () => response.writeHead(502).end());
    request.pipe(call);
  });
  const open = new Set<Duplex>();
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    asked.push(`CONNECT ${request.url}`);
    open.add(client);
    client.on('error', () => {});
    if (!isKnown(request)) return void client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    const [host = '', port] = request.url?.split(':') ?? [];
    const upstream = connect(Number(port), isReal ? host : '127.0.0.1', () => {
      client.write('HTTP/1.1 200 connected\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${password === undefined ? '' : `me:${password}@`}${address}:${port}`,
    asked,
    async close() {
      for (const client of open) client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
