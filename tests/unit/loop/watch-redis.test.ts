/** The watcher of Redis' connections: who is behind is not blamed by one look, and who spoke before is remembered. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { watchRedis } from '../../../orchestrator/src/loop/watch-redis.ts';
import { steppedClock } from '../../fakes/stepped-clock.ts';

const MIB = 1024 * 1024;
const SHEEP = {
  ...{ id: '1', user: 'sheep.1', address: '10.201.0.11' },
  ...{ unreadBytes: 20 * MIB, unfinishedBytes: 0, ageSeconds: 9 },
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
      bus: { connections: async () => [], endConnections: async () => {}, refusals: async () => refusals },
      isUp: () => true,
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
      bus: { connections: async () => [SHEEP], endConnections: async () => {}, refusals: async () => [] },
      isUp: () => true,
      clock,
      networks: () => [],
      gauges: [{ loudest: () => ({ agent: 'wolf', bytes: loud[looks++] ?? 0 }) }],
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
