/** The watcher of Redis' connections: who is behind is not blamed by one look, and who spoke before is remembered. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { isCoreUser } from '../../../orchestrator/src/bus/core-users.ts';
import { watchRedis } from '../../../orchestrator/src/reconcile/bus-guard/watch-redis.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const LOUD_MS = 45_000;
const SHEEP = {
  ...{ id: '1', user: 'sheep.1', address: '10.201.0.11' },
  ...{ unreadBytes: 20 * MIB, unfinishedBytes: 0, unsentBytes: 0, ageSeconds: 9, listens: true },
};

test('who is refused a thousand times between two looks is fenced, and named for less', async () => {
  const clock = steppedClock();
  const over = new AbortController();
  const done: string[] = [];
  const refusals = [1_001, 50].map((count) => ({
    reason: 'channel',
    object: 'ctl:x',
    user: `a${count}.1`,
    address: '',
    count,
  }));
  const ended = watchRedis(
    {
      bus: {
        counts: async () => ({ connections: 0, commands: 0, errors: 0, opened: 0, bytes: 0 }),
        connections: async () => [],
        endConnections: async () => {},
        refusals: async () => refusals,
      },
      isUp: () => true,
      isOurs: isCoreUser,
      clock,
      networks: () => [],
      gauges: [],
      fence: (who, kind) => done.push(`fence ${who.agent} ${kind}`),
      report: (agent, kind) => done.push(`report ${agent} ${kind}`),
    },
    over.signal,
  );
  await turn();
  clock.advance(750);
  await turn();
  over.abort();
  clock.advance(750);
  await ended;
  assert.deepEqual(done, ['fence a1001 refused', 'report a50 refused']);
});

/** @param loud of each look, what the wolf said since the one before. @returns whom each look fenced */
async function fencedBy(loud: readonly number[]): Promise<string[]> {
  const clock = steppedClock();
  const over = new AbortController();
  const fenced: string[] = [];
  let looks = 0;
  const ended = watchRedis(
    {
      bus: {
        counts: async () => ({ connections: 1, commands: 0, errors: 0, opened: 0, bytes: 0 }),
        connections: async () => [SHEEP],
        endConnections: async () => {},
        refusals: async () => [],
      },
      isUp: () => true,
      isOurs: isCoreUser,
      clock,
      networks: () => [],
      gauges: [{ loudest: () => ({ agent: 'wolf', bytes: loud[looks++] ?? 0 }), onSaid() {} }],
      fence: (who) => fenced.push(`${looks} ${who.agent}`),
      report() {},
    },
    over.signal,
  );
  for (let n = 0; n < loud.length; n += 1) {
    await turn();
    clock.advance(750);
    await turn();
  }
  over.abort();
  clock.advance(750);
  await ended;
  return fenced;
}

test('one look in which nobody is loud blames nobody: the speaker may not have been heard yet', async () => {
  assert.deepEqual(await fencedBy([0, 0, 0]), []);
});

test('four looks in a row do: it does not read', async () => {
  assert.deepEqual(await fencedBy([0, 0, 0, 0]), ['4 sheep']);
});

test('who was loud a look ago is fenced, and not who is behind because of it', async () => {
  assert.deepEqual(await fencedBy([0, 40 * MIB, 0, 0, 0]), ['2 wolf', '3 wolf', '4 wolf', '5 wolf']);
});

/** Connections that a test opens, and what is said: `fenced` and how often they were counted and looked at. */
function crowd() {
  const clock = steppedClock();
  const over = new AbortController();
  const fenced: string[] = [];
  const seen = { counts: 0, looks: 0, refusals: 0 };
  const redis = { commands: 0, errors: 0 };
  const many = (user: string, count: number) =>
    Array.from({ length: count }, (_, n) => ({ ...SHEEP, id: `${user} ${n}`, user, unreadBytes: 0 }));
  let open = many('sheep.1', 1);
  let say = (_bytes: number) => {};
  const ended = watchRedis(
    {
      bus: {
        async counts() {
          seen.counts += 1;
          return { connections: open.length, commands: redis.commands, errors: redis.errors, opened: 0, bytes: 0 };
        },
        async connections() {
          seen.looks += 1;
          return open;
        },
        endConnections: async () => {},
        async refusals() {
          seen.refusals += 1;
          return [];
        },
      },
      isUp: () => true,
      isOurs: isCoreUser,
      clock,
      networks: () => [],
      gauges: [{ loudest: () => null, onSaid: (listener) => (say = listener) }],
      fence: ({ agent, inst }, kind) => fenced.push(`${agent}.${inst} ${kind}`),
      report() {},
    },
    over.signal,
  );
  return {
    fenced,
    seen,
    redis,
    many,
    open: (next: ReturnType<typeof many>) => (open = next),
    opened: () => open,
    async say(bytes: number) {
      say(bytes);
      await turn();
    },
    async pass(ms = 75) {
      await turn();
      clock.advance(ms);
      await turn();
    },
    async end() {
      over.abort();
      clock.advance(750);
      await ended;
    },
  };
}

test('where connections become more they are looked at before it is time, once; and an honest crowd is left alone', async () => {
  const { fenced, seen, many, open, opened, pass, end } = crowd();
  for (let n = 0; n < 11; n += 1) await pass();
  assert.equal(seen.looks, 2, 'as it began, and when it was time');
  open([...opened(), ...many('wolf.3', 5)]);
  await pass();
  assert.deepEqual([seen.looks, fenced], [3, ['wolf.3 connections']]);
  open(opened().slice(0, 1));
  await pass();
  open(['bob', 'eve', 'dan', 'flo', 'gus'].flatMap((id) => many(`${id}.1`, 1)));
  await pass();
  await pass();
  assert.deepEqual([seen.looks, fenced.length], [3, 1], 'five are not more than four more than one');
  open([...opened(), ...many('amy.1', 1)]);
  await pass();
  await pass();
  assert.deepEqual([seen.looks, fenced.length], [4, 1], 'one look, and nobody is found');
  await end();
});

test('while next to nothing is said they are counted seldom: what fills them is said, and then they are looked at', async () => {
  const { fenced, seen, many, open, say, pass, end } = crowd();
  await pass(LOUD_MS);
  for (let n = 0; n < 23; n += 1) {
    await say(KIB * 5);
    await pass(250);
  }
  assert.deepEqual(seen, { counts: 24, looks: 8, refusals: 3 });
  open(many('wolf.3', 60));
  await say(KIB * 5);
  assert.deepEqual([seen.looks, fenced], [8, []]);
  await say(KIB);
  assert.deepEqual([seen.looks, fenced], [9, ['wolf.3 connections']], 'with no time between');
  await end();
});

test('for a while after it was loud they are counted often, since a flood may make the ear for agents deaf', async () => {
  const { seen, say, pass, end } = crowd();
  await pass(LOUD_MS);
  await say(KIB * 16);
  for (let n = 0; n < 600; n += 1) await pass();
  assert.equal(seen.counts, 602, 'for 45 s, and as it began');
  for (let n = 0; n < 12; n += 1) await pass();
  assert.equal(seen.counts, 602 + 3);
  await end();
});

test('more than a thousand refusals are looked at with the next count, fewer when it is time', async () => {
  const { seen, redis, pass, end } = crowd();
  await pass();
  assert.equal(seen.refusals, 1, 'as it began');
  redis.errors += 1_000;
  await pass();
  assert.equal(seen.refusals, 1);
  redis.errors += 1;
  await pass();
  await pass();
  assert.equal(seen.refusals, 2, 'once');
  redis.errors = 0;
  await pass();
  redis.errors = 1_001;
  await pass();
  assert.equal(seen.refusals, 3, 'also of a Redis that began again');
  await end();
});

test('while Redis runs much that nobody hears it is looked at every 10 ms, until who has it do so is found', async () => {
  const { fenced, seen, redis, many, open, opened, pass, end } = crowd();
  await pass(LOUD_MS);
  open([...opened(), ...many('wolf.3', 1).map((one) => ({ ...one, unfinishedBytes: 2 }))]);
  redis.commands += 100_000;
  await pass(250);
  for (let n = 0; n < 3; n += 1) {
    assert.deepEqual([seen.looks, fenced], [2 + n, []]);
    redis.commands += 1_000;
    await pass(10);
  }
  assert.deepEqual([seen.looks, fenced], [5, ['wolf.3 flood']]);
  open(opened().slice(0, 1));
  await pass(10);
  await pass(10);
  assert.equal(seen.looks, 5, 'it is no more than usual');
  await end();
});

test('what Redis runs because agents speak to each other is no reason to look', async () => {
  const { seen, redis, say, pass, end } = crowd();
  await pass(LOUD_MS);
  for (let n = 0; n < 9_000; n += 1) say(1);
  redis.commands += 9_000;
  await pass(250);
  await pass(250);
  assert.equal(seen.looks, 1, 'as it began');
  await end();
});
