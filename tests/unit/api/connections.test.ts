/** More connections than the API holds are hung up on; others get in meanwhile, and again when they are gone. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { limitConnections } from '../../../orchestrator/src/api/connections.ts';

async function serverOf(t: TestContext, limits: { total: number; perAddress: number }) {
  const server = createServer((_, response) => response.end('hello'));
  limitConnections(server, limits);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const sockets: Socket[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  /** @returns the connection when it was answered, null when it was hung up on */
  return async (localAddress: string): Promise<Socket | null> => {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    sockets.push(socket);
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const answered = once(socket, 'data').then(() => socket);
    return Promise.race([answered, once(socket, 'close').then(() => null)]);
  };
}

test('one address has its part, another gets in beside it', async (t) => {
  const open = await serverOf(t, { total: 10, perAddress: 2 });
  const first = await open('127.0.0.2');
  assert.ok(first && (await open('127.0.0.2')));
  assert.equal(await open('127.0.0.2'), null);
  assert.ok(await open('127.0.0.1'));
  first.destroy();
  // The server hears of the end after us: what is asked next may still come too early.
  let again: Socket | null = null;
  while (!again) again = await open('127.0.0.2');
  assert.ok(again);
});

test('all addresses together have a limit', async (t) => {
  const open = await serverOf(t, { total: 2, perAddress: 10 });
  assert.ok(await open('127.0.0.2'));
  assert.ok(await open('127.0.0.3'));
  assert.equal(await open('127.0.0.4'), null);
});
