/** Who has Redis run commands without end that nobody hears anything of is found, and who speaks beside it is not. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { Redis } from 'ioredis';
import { isCoreUser } from '../../orchestrator/src/bus/core-users.ts';
import { createGauge, metered } from '../../orchestrator/src/bus/limits/metered-bus.ts';
import { createRedisBus, type RedisBus } from '../../orchestrator/src/bus/redis-bus.ts';
import { throwLater } from '../../orchestrator/src/domain/errors/failures.ts';
import { systemClock } from '../../orchestrator/src/process/system-clock.ts';
import { createCommandLoad } from '../../orchestrator/src/reconcile/bus-guard/command-load.ts';
import { watchRedis } from '../../orchestrator/src/reconcile/bus-guard/watch-redis.ts';
import { withoutRedis } from '../run/needs.ts';
import { eventually } from '../support/eventually.ts';
import type { CommandFlood } from '../support/load/command-flood.ts';
import { newPassword, type RedisServer, sha256, startRedisServer } from '../support/servers/redis-server.ts';

const FLOODER = new URL('../support/load/command-flood.ts', import.meta.url);
const WOLF = '127.0.0.2';
const password = newPassword();
const login = `AUTH wolf.1 ${password}\r\n`;
const PATIENCE_MS = 20_000;
const ON_ONE = { isBrief: false, waits: false };

/** What it says without end. As `wolf.1` where nothing else is said. */
const FLOODS: Readonly<Record<string, Partial<CommandFlood> & { text: string }>> = {
  pings: { text: 'PING\r\n' },
  'pings, each when the last is answered': { text: 'PING\r\n', waits: true },
  'commands that Redis does not have': { text: 'FOO bar\r\n' },
  'what it may not': { text: 'PUBLISH ctl:sheep x\r\n' },
  'commands that it may not': { text: 'GET x\r\n' },
  'words of the wrong number': { text: 'PUBLISH\r\n' },
  'names of its connection': { text: 'CLIENT SETNAME x\r\n' },
  greetings: { text: 'HELLO 3\r\n' },
  'its password': { text: login },
  'passwords of others': { text: 'AUTH orchestrator x\r\n' },
  subscribing: { text: 'PSUBSCRIBE broadcast:*\r\nPUNSUBSCRIBE broadcast:*\r\n' },
  'subscribing, as one that listens': { login: `${login}SUBSCRIBE ctl:wolf\r\n`, text: 'PSUBSCRIBE broadcast:*\r\n' },
  'requests to a service': { text: 'PUBLISH svc:llm:wolf:1 {}\r\n' },
  connections: { text: 'PING\r\n', isBrief: true },
  'connections of nobody': { text: 'PING\r\n', isBrief: true, login: '' },
};

describe('one that has Redis run commands without end', { skip: withoutRedis, timeout: 120_000 }, () => {
  let server: RedisServer;
  let bus: RedisBus;
  let honest: Redis;
  const over = new AbortController();
  const fenced: string[] = [];
  const say = { isOver: false, done: Promise.resolve() };
  const wolf = { agent: 'wolf', inst: 1, passwordSha256: sha256(password), topics: null };

  before(async () => {
    server = await startRedisServer();
    const quiet = { onError() {}, onRival: null, sleep: async () => {} };
    bus = createRedisBus(server.address(), { ...quiet, patterns: ['agent:*', 'broadcast:*'] });
    const gauge = createGauge({ clock: systemClock, onThrottled() {}, onFlood() {}, onForged() {} });
    metered([bus], gauge, throwLater);
    await bus.start(over.signal);
    await bus.setUser({ ...wolf, agent: 'sheep' });
    honest = new Redis({
      ...{ host: '127.0.0.1', port: server.port, username: 'sheep.1', password, protocol: 3 },
      ...{ enableReadyCheck: false, disableClientInfo: true },
    });
    await honest.psubscribe('agent:sheep:*');
    say.done = talk();
    void watchRedis(
      {
        ...{ bus, clock: systemClock, gauges: [gauge], isUp: () => true, isOurs: isCoreUser, report() {} },
        networks: () => [{ id: 'w', name: 'w', agent: 'wolf', egress: 'none', subnets: [`${WOLF}/32`] }],
        fence({ agent, inst }, kind) {
          fenced.push(`${agent} ${kind}`);
          void bus.deleteUser(`${agent}.${inst ?? 1}`);
        },
      },
      over.signal,
    );
  });
  /** An agent that says something to itself again and again. */
  async function talk(): Promise<void> {
    while (!say.isOver) {
      await Promise.all([1, 2, 3].map(() => honest.publish('agent:sheep:sheep', JSON.stringify('x'.repeat(500)))));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  after(async () => {
    say.isOver = true;
    await say.done;
    over.abort();
    honest?.disconnect();
    bus?.close();
    await server?.stop();
  });

  for (const [name, flood] of Object.entries(FLOODS)) {
    test(name, async (t) => {
      await bus.setUser(wolf);
      fenced.length = 0;
      const config: CommandFlood = { port: server.port, localAddress: WOLF, login, ...ON_ONE, ...flood };
      const child = fork(FLOODER, { env: { ...process.env, HAIREM_TEST_FLOOD: JSON.stringify(config) }, execArgv: [] });
      const began = performance.now();
      const after = () => performance.now() - began;
      const load = createCommandLoad();
      load.judge(await bus.counts(), 0, 0);
      // On a busy host one that waits for each answer may say no more than it may.
      const isTooMuch = async () => load.judge(await bus.counts(), 0, after()) > 0;
      try {
        await eventually('it is fenced', () => fenced.length > 0 || after() > PATIENCE_MS, { intervalMs: 5 });
        assert.ok(fenced.length > 0 || !(await isTooMuch()), 'it is found');
      } finally {
        t.diagnostic(`after ${Math.round(after())} ms: ${fenced[0]}`);
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
      assert.ok(
        fenced.every((one) => one.startsWith('wolf ')),
        String(fenced),
      );
      assert.equal(await honest.ping(), 'PONG');
    });
  }
});
