/** What drivers of bundles talk to in tests: a little Home Assistant, and a server that knows the weather. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HouseServer {
  url: string;
  /** `METHOD path body` of each call, in order. */
  calls: string[];
  stop(): Promise<void>;
}

const STATES = [
  { entity_id: 'light.kitchen', state: 'on', attributes: { friendly_name: 'Kitchen ceiling' } },
  { entity_id: 'light.hall', state: 'off', attributes: { friendly_name: 'Hall lamp' } },
  { entity_id: 'climate.house', state: '19', attributes: {} },
];

/** @param token wanted by every path below /api */
export async function startHouseServer(token: string): Promise<HouseServer> {
  const calls: string[] = [];
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://house');
    calls.push(`${request.method} ${pathname} ${await textOf(request)}`.trim());
    const isKnown = pathname === '/sky' || request.headers.authorization === `Bearer ${token}`;
    const answer = isKnown ? answerTo(pathname, searchParams) : undefined;
    response.writeHead(isKnown ? (answer === undefined ? 404 : 200) : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answerTo(path: string, query: URLSearchParams): unknown {
  if (path === '/sky') return { sky: `clear over ${query.get('city')} ${query.get('day')}`, degrees: 21 };
  if (path === '/api/states') return STATES;
  if (path.startsWith('/api/services/')) return [];
  return STATES.find(({ entity_id }) => path === `/api/states/${entity_id}`);
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
