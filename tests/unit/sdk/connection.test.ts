/** One connection of an instance to Redis, and the way to one, where Redis ends or deviates at an inconvenient moment. */
import assert from 'node:assert/strict';
import dns from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../../agent-base-image/typescript/src/runtime/clock.ts';
import { connect } from '../../../agent-base-image/typescript/src/runtime/connection.ts';
import { Line } from '../../../agent-base-image/typescript/src/runtime/line.ts';
import { type LinkOptions, openLink } from '../../../agent-base-image/typescript/src/runtime/link.ts';
import { createLog } from '../../../agent-base-image/typescript/src/runtime/log.ts';
import { SPEAKING_SERVICES } from '../../../agent-base-image/typescript/src/runtime/service-answer.ts';

const GREETING = '%0\r\n+PONG\r\n';

async function listening(t: TestContext) {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { server, options: { host: '127.0.0.1', port, username: 'u', password: 'p' } };
}

/** Something that greets as Redis does, and a connection to it. */
async function connected(t: TestContext) {
  const { server, options } = await listening(t);
  const opened = Promise.withResolvers<Socket>();
  server.on('connection', (socket) => {
    socket.once('data', () => socket.write(GREETING));
    opened.resolve(socket);
  });
  const lost: string[] = [];
  const ended = Promise.withResolvers<void>();
  const connection = await connect(options, {
    onPattern() {},
    onChannel() {},
    onLost(why) {
      lost.push(why.message);
      ended.resolve();
    },
  });
  t.after(() => connection.close());
  return { connection, redis: await opened.promise, lost, ended: ended.promise };
}

const LOG = createLog({ about: {}, timestamp: () => '', write() {} });
const LINK: Omit<LinkOptions, 'connection'> = {
  agent: 'a',
  inst: 1,
  ears: () => ({ onPattern() {}, onChannel() {}, onLost() {} }),
  clock: { ...systemClock, sleep: () => Promise.reject(new Error('no second try')) },
  log: LOG,
};
const SUBSCRIBED = (word: string, names: number) => `>3\r\n+${word}\r\n+c\r\n:1\r\n`.repeat(names);

test('where nothing was sent any more, the loss has been told by then', async (t) => {
  const { connection, redis, lost } = await connected(t);
  redis.end();
  for (;;) {
    const published = connection.publish('c', 'text')?.catch(() => 0) ?? null;
    const outcome = await Promise.race([published, new Promise((resolve) => setImmediate(resolve, undefined))]);
    if (outcome === undefined) continue; // Redis has it, or never will
    assert.equal(outcome, null);
    break;
  }
  assert.equal(lost.length, 1);
});

test('what was not asked is no answer to what is asked next', async (t) => {
  const { connection, redis, lost, ended } = await connected(t);
  redis.write(':7\r\n');
  await ended;
  assert.deepEqual(lost, ['Redis answered what it was not asked']);
  assert.equal(await connection.publish('c', 'text'), null);
});

test('what waits when the connection ends is of unknown outcome, once', async (t) => {
  const { connection, redis, lost } = await connected(t);
  const published = [1, 2].map((n) => connection.publish('c', `${n}`));
  await once(redis, 'data');
  redis.write(':1\r\n');
  redis.destroy();
  const [first, second] = await Promise.allSettled(published);
  assert.deepEqual(first, { status: 'fulfilled', value: 1 });
  assert.equal(second?.status === 'rejected' && second.reason.code, 'unknown_outcome');
  assert.equal(lost.length, 1);
});

test('what is said while the end is not yet told waits, in its order', async (t) => {
  const { server, options } = await listening(t);
  const sockets: Socket[] = [];
  const heard: string[] = [];
  const allHeard = Promise.withResolvers<void>();
  server.on('connection', (socket) => {
    const answers = [GREETING, SUBSCRIBED('psubscribe', 3), SUBSCRIBED('subscribe', 2 + SPEAKING_SERVICES.length)];
    sockets.push(socket);
    socket.on('data', (data) => {
      if (answers.length > 0) socket.write(`${answers.shift()}`);
      if (socket === sockets[1]) heard.push(...(String(data).match(/<\d+>/g) ?? []));
      if (heard.length === 2) allHeard.resolve();
    });
  });
  let isHeld = false;
  const onLost = () => {
    isHeld = true;
    line.hold();
  };
  const ears = () => ({ ...LINK.ears(), onLost });
  const line = new Line({ ...LINK, clock: systemClock, log: LOG, term: () => 1, connection: options, ears });
  t.after(() => line.close());
  await line.open(() => {});
  sockets[0]?.end();
  const said: string[] = [];
  const say = () => {
    said.push(`<${said.length}>`);
    line.publish('c', `${said.at(-1)}`).catch(() => {});
  };
  while (!isHeld) {
    say();
    if (isHeld) say();
    await new Promise(setImmediate);
  }
  await line.open(() => {});
  line.release();
  await allHeard.promise;
  assert.deepEqual(heard, said.slice(-2));
});

test('what is lost behind the last answer is no connection', async (t) => {
  const { server, options } = await listening(t);
  server.on('connection', (socket) => {
    const answers = [
      GREETING,
      SUBSCRIBED('psubscribe', 3),
      `${SUBSCRIBED('subscribe', 2 + SPEAKING_SERVICES.length)}:7\r\n`,
    ];
    socket.on('data', () => socket.write(answers.shift() ?? ''));
  });
  await assert.rejects(
    openLink({ ...LINK, connection: options }, () => {}),
    /no second try/,
  );
});

test('where a name has several addresses, it is said why none of them answers', async (t) => {
  const addresses = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }));
  t.mock.method(dns, 'lookup', (_name: string, _options: object, told: (...args: unknown[]) => void) =>
    told(null, addresses),
  );
  const said: string[] = [];
  const log = { ...LINK.log, warn: (text: string) => void said.push(text) };
  const connection = { host: 'redis', port: 1, username: 'u', password: 'p' };
  await assert.rejects(
    openLink({ ...LINK, connection, log }, () => {}),
    /no second try/,
  );
  assert.match(said.join(), /ECONNREFUSED/);
});
