/** Redis as `init` sets it up against one agent that wants all of its memory, or all of its connections. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { isCoreUser } from '../../orchestrator/src/bus/core-users.ts';
import { createGauge, metered } from '../../orchestrator/src/bus/limits/metered-bus.ts';
import { createRedisBus, type RedisBus } from '../../orchestrator/src/bus/redis-bus.ts';
import { throwLater } from '../../orchestrator/src/domain/errors/failures.ts';
import { systemClock } from '../../orchestrator/src/process/system-clock.ts';
import { watchRedis } from '../../orchestrator/src/reconcile/bus-guard/watch-redis.ts';
import { withoutRedis } from '../run/needs.ts';
import { canWrite } from '../support/load/can-write.ts';
import { newPassword, type RedisServer, sha256, startRedisServer } from '../support/servers/redis-server.ts';

const MIB = 1024 * 1024;
/** Less than half of the `mem_limit` of docker-compose.yml. */
const LIMIT = 192 * MIB;

describe('one hostile agent', { skip: withoutRedis, timeout: 120_000 }, () => {
  let server: RedisServer;
  let bus: RedisBus;
  let honest: Redis;
  const password = newPassword();
  const sockets: Socket[] = [];
  let heard = 0;

  before(async () => {
    server = await startRedisServer();
    bus = createRedisBus(server.address(), { onError() {}, onRival: null, patterns: ['st:*'], sleep: async () => {} });
    bus.onState((state) => assert.equal(state, closing ? 'down' : 'up', 'the core stays on the bus'));
    await bus.start(new AbortController().signal);
    for (const [agent, inst] of [
      ['wolf', 1],
      ['sheep', 1],
    ] as const)
      await bus.setUser({ agent, inst, passwordSha256: sha256(password), topics: null });
    honest = new Redis({
      host: '127.0.0.1',
      port: server.port,
      username: 'sheep.1',
      password,
      protocol: 3,
      enableReadyCheck: false,
      disableClientInfo: true,
    });
    honest.on('pmessage', () => {
      heard += 1;
    });
    honest.on('close', () => assert.equal(closing, true, 'the honest one stays on the bus'));
    await honest.psubscribe('agent:sheep:*');
  });
  let closing = false;
  after(async () => {
    closing = true;
    for (const socket of sockets) socket.destroy();
    honest?.disconnect();
    bus?.close();
    await server?.stop();
  });

  /** A raw connection of the wolf; with `login` null it says no name. */
  async function wolf(login = `AUTH wolf.1 ${password}\r\n`): Promise<Socket> {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    sockets.push(socket);
    await once(socket, 'connect');
    if (login) socket.write(login);
    return socket;
  }
  /** Says a hundred messages to itself, which all must come. */
  async function goesOn(): Promise<void> {
    const before = heard;
    for (let n = 0; n < 100; n += 1) await honest.publish('agent:sheep:sheep', '{}');
    await honest.ping();
    assert.equal(heard - before, 100);
  }
  /** What an attack makes of Redis' memory while it goes on, looked at again and again. */
  async function peakWhile(attack: () => Promise<void>): Promise<number> {
    let peak = 0;
    let isOver = false;
    const attacking = attack().finally(() => {
      isOver = true;
    });
    while (!isOver) {
      peak = Math.max(peak, await server.residentBytes());
      await goesOn();
      await sleep(20);
    }
    await attacking;
    peak = Math.max(peak, await server.residentBytes());
    await goesOn();
    assert.ok(peak < LIMIT, `Redis took ${Math.round(peak / MIB)} MiB`);
    return Math.round(peak / MIB);
  }

  test('unfinished commands are bounded', async (t) => {
    const part = Buffer.concat([Buffer.from(`$${MIB}\r\n`), Buffer.alloc(MIB, 'x'), Buffer.from('\r\n')]);
    const peak = await peakWhile(async () => {
      const socket = await wolf();
      socket.resume();
      socket.write('*5000\r\n');
      for (let n = 0; n < 800 && !socket.destroyed; n += 1) if (!socket.write(part)) await canWrite(socket);
      assert.ok(socket.destroyed || socket.readableEnded, 'Redis ended it');
    });
    t.diagnostic(`peak ${peak} MiB`);
  });

  test('subscribers that do not read are bounded', async (t) => {
    const peak = await peakWhile(async () => {
      for (let n = 0; n < 60; n += 1) {
        const reader = await wolf();
        reader.write('PSUBSCRIBE broadcast:*\r\n');
        reader.pause();
      }
      const speaker = await wolf();
      speaker.resume();
      const text = 'x'.repeat(900_000);
      for (let n = 0; n < 60; n += 1)
        if (!speaker.write(`*3\r\n$7\r\nPUBLISH\r\n$14\r\nbroadcast:wolf\r\n$${text.length}\r\n${text}\r\n`))
          await canWrite(speaker);
    });
    t.diagnostic(`peak ${peak} MiB`);
  });

  test('sixty deaf readers with a flood of their own cost no honest reader its connection', async (t) => {
    let came = 0;
    let isLost = false;
    const reader = honest.duplicate();
    reader.on('pmessage', () => {
      came += 1;
    });
    reader.on('close', () => {
      isLost = true;
    });
    await reader.psubscribe('broadcast:*');
    const over = new AbortController();
    const fenced: string[] = [];
    const heed = { onThrottled() {}, onFlood() {}, onForged() {} };
    const gauge = createGauge({ ...heed, clock: systemClock });
    const quiet = { onError() {}, onRival: null, sleep: async () => {} };
    const ear = createRedisBus(server.address(), { ...quiet, patterns: ['broadcast:*'] });
    metered([ear], gauge, throwLater);
    await ear.start(over.signal);
    const watching = watchRedis(
      {
        bus,
        isUp: () => true,
        isOurs: isCoreUser,
        clock: systemClock,
        networks: () => [],
        gauges: [gauge],
        async fence({ agent, inst }, kind) {
          fenced.push(kind);
          await bus.deleteUser(`${agent}.${inst}`);
        },
        report() {},
      },
      over.signal,
    );
    const text = 'x'.repeat(900_000);
    const peak = await peakWhile(async () => {
      for (let n = 0; n < 60; n += 1) {
        const socket = await wolf();
        socket.write('PSUBSCRIBE broadcast:*\r\n');
        socket.pause();
      }
      const speaker = await wolf();
      speaker.resume();
      while (!speaker.destroyed && !speaker.readableEnded)
        if (!speaker.write(`*3\r\n$7\r\nPUBLISH\r\n$14\r\nbroadcast:wolf\r\n$${text.length}\r\n${text}\r\n`))
          await canWrite(speaker);
    });
    over.abort();
    await watching;
    ear.close();
    assert.equal(isLost, false, 'the honest reader stays');
    reader.disconnect();
    t.diagnostic(`peak ${peak} MiB, ${came} broadcasts came, fenced for ${fenced[0]}`);
    assert.equal(fenced[0], 'connections');
    await bus.setUser({ agent: 'wolf', inst: 1, passwordSha256: sha256(password), topics: null });
  });

  test('who has said no password may send little', async () => {
    for (const text of ['*11\r\n', `*2\r\n$4\r\nAUTH\r\n$${MIB}\r\n`]) {
      const socket = await wolf('');
      socket.resume();
      socket.write(text);
      await once(socket, 'close');
    }
  });

  test('two thousand connections, and ten thousand', async (t) => {
    for (const count of [2_000, 10_000]) {
      const peak = await peakWhile(async () => {
        for (let n = 0; n < count; n += 1) {
          const socket = connect(server.port, '127.0.0.1');
          socket.on('error', () => {});
          sockets.push(socket);
          if (n % 100 === 0) await sleep(1);
        }
      });
      t.diagnostic(`${count}: peak ${peak} MiB`);
      const nameless = (await bus.connections()).filter(({ user }) => user === 'default');
      await bus.endConnections(nameless.map(({ id }) => id));
      for (const socket of sockets.splice(0)) socket.destroy();
    }
    const late = await wolf();
    const [answer] = await once(late, 'data');
    assert.match(String(answer), /^\+OK/, 'there is room again');
  });

  test('what Redis refuses is told once, with who tried', async () => {
    await bus.refusals();
    const socket = await wolf();
    socket.resume();
    for (let n = 0; n < 50; n += 1) socket.write(`PUBLISH ctl:sheep ${n}\r\nGET x\r\n`);
    socket.write('AUTH orchestrator guess\r\nQUIT\r\n');
    await sleep(0);
    const told: string[] = [];
    while (!told.some((one) => one.startsWith('auth')))
      for (const { user, reason, count, address } of await bus.refusals())
        told.push(`${reason} ${user} ${count} ${address}`);
    const counts = (reason: string) =>
      told.filter((one) => one.startsWith(reason)).reduce((sum, one) => sum + Number(one.split(' ')[2]), 0);
    assert.equal(counts('channel'), 50);
    assert.equal(counts('command'), 50);
    assert.equal(counts('auth'), 1);
    assert.ok(told.every((one) => one.endsWith('127.0.0.1')));
    assert.deepEqual(await bus.refusals(), []);
  });
});
