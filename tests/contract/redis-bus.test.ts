/** The orchestrator's bus on a real redis-server: who has the claim, and a connection that is silently dead. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { newLeaderLock } from '../../orchestrator/src/bus/leader-lock.ts';
import { createRedisBus, named, type RedisBus } from '../../orchestrator/src/bus/redis-bus.ts';
import type { HairemError } from '../../orchestrator/src/domain/errors/errors.ts';
import { withoutRedis } from '../run/needs.ts';
import { type RedisServer, startRedisServer } from '../support/servers/redis-server.ts';

interface Opened {
  bus: RedisBus;
  /** Resolves when it came up, or was refused. */
  outcome: Promise<'up' | HairemError>;
}

const sender = { agent_id: 'ada' };

describe('a connection of the bus', { skip: withoutRedis, timeout: 60_000 }, () => {
  let server: RedisServer;
  const buses: RedisBus[] = [];
  const abort = new AbortController();
  beforeEach(async () => {
    server = await startRedisServer();
  });
  afterEach(async () => {
    for (const bus of buses.splice(0)) bus.close();
    await server.stop();
  });

  async function up(patterns: string[]): Promise<{ bus: RedisBus; heard: string[]; states: string[] }> {
    const bus = createRedisBus(server.address(), { onError() {}, onRival: null, patterns, sleep: async () => {} });
    buses.push(bus);
    const heard: string[] = [];
    const states: string[] = [];
    bus.onMessage((channel) => heard.push(channel));
    bus.onState((state) => states.push(state));
    await bus.start(abort.signal);
    return { bus, heard, states };
  }

  test('what is too large for Redis is refused before it ends the connection', async () => {
    const { bus, states } = await up(['agent:user:*']);
    await assert.rejects(bus.publish('agent:ada:user', { text: 'x'.repeat(2 ** 20) }), { code: 'too_large' });
    await assert.rejects(bus.fenceAndPublish('nobody.1', 'ctl:ada', { text: 'é'.repeat(2 ** 19) }), {
      code: 'too_large',
    });
    assert.equal(await bus.publish('agent:user:ada', { sender }), 1);
    assert.deepEqual(states, ['up']);
  });

  test('it is known how many heard it', async () => {
    const { bus } = await up(['agent:user:*']);
    assert.equal(await bus.publish('svc:history:orchestrator:1', {}), 0);
  });

  test('one that hears what agents say is another, and one that is cut off takes no other with it', async () => {
    const loop = await up(['agent:user:*']);
    const ear = await up(['agent:*']);
    await loop.bus.publish('agent:bob:ada', { sender });
    await loop.bus.publish('agent:user:ada', { sender });
    await until(() => ear.heard.length === 2 && loop.heard.length === 1);
    const redis = new Redis({ port: server.port, ...server.orchestrator, disableClientInfo: true });
    const [line = ''] =
      String(await redis.client('LIST'))
        .match(/^.* psub=1 .*$/gm)
        ?.slice(-1) ?? [];
    await redis.client('KILL', 'ID', / ?id=(\d+)/.exec(line)?.[1] ?? '');
    redis.disconnect();
    await until(() => ear.states.join() === 'up,down,up');
    await loop.bus.publish('agent:bob:ada', { sender });
    await until(() => ear.heard.length === 3);
    assert.deepEqual(loop.states, ['up']);
  });
});

async function until(check: () => boolean): Promise<void> {
  while (!check()) await sleep(5);
}

describe('the claim of an orchestrator', { skip: withoutRedis, timeout: 60_000 }, () => {
  let server: RedisServer;
  let opened: Opened[];
  const abort = new AbortController();
  beforeEach(async () => {
    server = await startRedisServer();
    opened = [];
  });
  afterEach(async () => {
    for (const { bus } of opened) bus.close();
    await server.stop();
  });

  /** @param onSleep is awaited in the place of half a second */
  function open(onSleep: () => Promise<unknown> = () => sleep(1)): Opened {
    const { promise: refused, resolve: onRival } = Promise.withResolvers<HairemError>();
    const bus = createRedisBus(server.address(), { onError() {}, onRival, sleep: async () => void (await onSleep()) });
    const up = bus.start(abort.signal).then((): 'up' => 'up');
    const one = { bus, outcome: Promise.race([up, refused]) };
    opened.push(one);
    return one;
  }

  const connect = () => new Redis({ port: server.port, ...server.orchestrator, disableClientInfo: true });

  async function names(): Promise<string[]> {
    const redis = connect();
    const list = String(await redis.client('LIST'));
    redis.disconnect();
    return [...list.matchAll(/ name=(hairem-orchestrator:\S+)/g)].map(([, name = '']) => name);
  }

  test('the first comes up, the second is refused and told who the other is', async () => {
    assert.equal(await open().outcome, 'up');
    let sleeps = 0;
    const second = await open(async () => {
      sleeps += 1;
    }).outcome;
    assert.ok(second !== 'up');
    assert.equal(second.code, 'conflict');
    assert.match(second.message, /another orchestrator acts for this installation: .* from 127\.0\.0\.1:\d+ for \d+ s/);
    assert.equal(sleeps, 10);
    assert.equal((await names()).length, 1);
  });

  test('of two that come at once at most one comes up', async () => {
    const outcomes = await Promise.all([open().outcome, open().outcome]);
    assert.ok(outcomes.filter((outcome) => outcome === 'up').length <= 1);
    assert.ok((await names()).length <= 1);
  });

  test('whoever waits comes up as soon as the first is gone', async () => {
    const first = open();
    assert.equal(await first.outcome, 'up');
    const second = open(async () => {
      first.bus.close();
      await sleep(5);
    });
    assert.equal(await second.outcome, 'up');
    assert.equal((await names()).length, 1);
  });

  test('one that has gone silent is ended', async () => {
    const [hung, next] = [connect(), connect()];
    const ended = once(hung, 'end');
    hung.options.retryStrategy = () => null;
    try {
      await newLeaderLock()(named(hung), sleep);
      await newLeaderLock({ silentSeconds: 1 })(named(next), () => sleep(100));
      await ended;
    } finally {
      hung.disconnect();
      next.disconnect();
    }
  });

  test('nothing is said before answers can be heard', async () => {
    const before = open();
    assert.equal(await before.outcome, 'up');
    const [claiming, mayGoOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { bus, outcome } = open(() => {
      claiming.resolve();
      return mayGoOn.promise;
    });
    await claiming.promise;
    await assert.rejects(bus.publish('agent:echo:user', {}), { code: 'bus_unavailable' });
    before.bus.close();
    mayGoOn.resolve();
    assert.equal(await outcome, 'up');
    await bus.publish('agent:echo:user', {});
  });

  test('a Redis that was away gives the claim back to its holder', async () => {
    const first = open();
    assert.equal(await first.outcome, 'up');
    const again = new Promise<void>((resolve) => first.bus.onState((state) => state === 'up' && resolve()));
    await server.restart();
    await again;
    assert.equal((await names()).length, 1);
  });
});

describe('the connection of the bus', { skip: withoutRedis, timeout: 60_000 }, () => {
  test('a Redis that answers no ping is away, and back when it answers', async () => {
    const server = await startRedisServer();
    const bus = createRedisBus(server.address(), { onError() {}, onRival: null, sleep: async () => {} });
    const states: string[] = [];
    const changed = new EventEmitter();
    bus.onState((state) => {
      states.push(state);
      changed.emit(state);
    });
    try {
      await bus.start(new AbortController().signal);
      server.pause();
      await once(changed, 'down');
      server.resume();
      await once(changed, 'up');
      await sleep(5_500); // the other pings of the dead connection time out meanwhile
      assert.deepEqual(states, ['up', 'down', 'up']);
    } finally {
      bus.close();
      await server.stop();
    }
  });
});
