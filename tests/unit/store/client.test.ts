/** The services' end of the store's socket, on a real one: calls that wait, that are sent again, that are given up. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { CallHead, StoreStatus } from '../../../orchestrator/src/domain/messages/store-call.ts';
import { createStoreClient, type StoreClient } from '../../../orchestrator/src/store/client.ts';
import { onFrames, sendFrame } from '../../../orchestrator/src/store/frames.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

type Answer = (socket: Socket, head: CallHead, body: Buffer) => void;

let dir: string;
let server: Server | null;
let sockets: Set<Socket>;
let client: StoreClient;
let statuses: StoreStatus[];
let answer: Answer;
const path = () => join(dir, 'store.sock');
const echo: Answer = (socket, { id }, body) => sendFrame(socket, { type: 'reply', id, ok: true }, body);
const call = { database: 'agent:eve', method: 'memory.query', args: ['x'], request: 'r1' } as const;

async function listen(): Promise<void> {
  sockets = new Set();
  const made = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onFrames(socket, (head, body) => {
      if (head.type === 'call') answer(socket, head, body);
    });
    sendFrame(socket, { type: 'status', troubles: [], deaths: [], sizes: { eve: 1 } });
  });
  server = made;
  await new Promise<void>((resolve) => made.listen(path(), resolve));
}
async function stop(): Promise<void> {
  for (const socket of sockets) socket.destroy();
  const stopped = server;
  server = null;
  if (stopped) await new Promise((resolve) => stopped.close(resolve));
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hairem-client-'));
  [statuses, answer] = [[], echo];
  await listen();
  client = createStoreClient({
    path: path(),
    clock: steppedClock(),
    onStatus: (status) => void statuses.push(status),
  });
});
afterEach(async () => {
  client.close();
  await stop();
  await rm(dir, { recursive: true });
});

test('a call is answered with what its method gave, and the status is heard', async () => {
  assert.deepEqual(await client.call(call), ['x']);
  assert.deepEqual(statuses[0]?.sizes, { eve: 1 });
});

test('answers come in any order', async () => {
  const waiting: (() => void)[] = [];
  answer = (...what) => {
    waiting.unshift(() => echo(...what));
    if (waiting.length === 3) for (const go of waiting) go();
  };
  const asked = ['a', 'b', 'c'].map((one) => client.call({ ...call, args: [one] }));
  assert.deepEqual(await Promise.all(asked), [['a'], ['b'], ['c']]);
});

test('an error of the store is that error here', async () => {
  answer = (socket, { id }) =>
    sendFrame(socket, { type: 'reply', id, ok: false, error: { code: 'refused', message: 'no' } });
  await assert.rejects(client.call(call), { code: 'refused', message: 'no' });
});

test('a call that was not answered when the store ended is sent again, under the same request', async () => {
  const heard: string[] = [];
  const first = Promise.withResolvers<void>();
  answer = (_, { request }) => {
    heard.push(request);
    first.resolve();
  };
  const asked = client.call(call);
  await first.promise;
  await stop();
  answer = (socket, head, body) => {
    heard.push(head.request);
    echo(socket, head, body);
  };
  await listen();
  assert.deepEqual(await asked, ['x']);
  assert.deepEqual(heard, ['r1', 'r1']);
});

test('what is too large is said before anything is sent', async () => {
  const args = ['x'.repeat(9 * 1024 * 1024)];
  await assert.rejects(async () => client.call({ ...call, args }), { code: 'too_large' });
});

test('whoever waits when it is closed is told', async () => {
  answer = () => client.close();
  await assert.rejects(client.call(call), { code: 'cancelled' });
});
