/** What the services tell of the store and of their own restarts: each death for a minute, and whose it was. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { StoreStatus, StoreWords } from '../../../orchestrator/src/domain/messages/store-call.ts';
import { createStoreWords } from '../../../orchestrator/src/services/store-reports.ts';

let now: number;
let crashes: number;
let told: StoreWords[];
let words: ReturnType<typeof createStoreWords>;
const status = (more: Partial<StoreStatus> = {}): StoreStatus => ({
  type: 'status',
  troubles: [],
  deaths: [],
  sizes: {},
  ...more,
});
const last = () => told.at(-1);

beforeEach(() => {
  [now, crashes, told] = [0, 0, []];
  words = createStoreWords({
    tell: (said) => void told.push(said),
    running: { crashes: () => crashes, suspects: () => ['memory:eve:r1', 'llm:bob:r2'] },
    now: () => now,
  });
});

test('a death is told at once, again with each word for a minute, and then no more', () => {
  words.take(status());
  words.take(status({ deaths: [{ id: '1', database: 'agent:eve', message: 'SIGSEGV' }] }));
  const deaths = [{ id: '1', agent: 'eve', message: 'SIGSEGV' }];
  assert.deepEqual([told.length, last()?.deaths], [2, deaths]);
  now += 59_000;
  words.say();
  assert.deepEqual(last()?.deaths, deaths);
  now += 1_000;
  words.say();
  assert.deepEqual(last()?.deaths, []);
});

test('sizes are told once in a second, and with the next word at the latest', () => {
  for (let n = 1; n <= 10; n += 1) words.take(status({ sizes: { eve: n } }));
  assert.equal(told.length, 1);
  words.say();
  assert.deepEqual(last()?.sizes, { eve: 10 });
});

test('a trouble is told at once with whose it is, and its end, too', () => {
  words.take(status());
  words.take(status({ troubles: [{ database: 'agent:eve', message: 'closed' }] }));
  assert.deepEqual(last()?.troubles, ['eve: closed']);
  words.take(status());
  assert.deepEqual([told.length, last()?.troubles], [3, []]);
});

for (const [count, expected] of [
  [0, null],
  [2, null],
  [3, /started 3 times within 60 s, in the middle of memory of eve \(request r1\), llm of bob/],
] as const) {
  test(`${count} restarts within a minute`, () => {
    crashes = count;
    words.say();
    if (expected === null) assert.equal(last()?.restarts, null);
    else assert.match(last()?.restarts ?? '', expected);
  });
}

test('a request that is not run any more is told with its agent, once', () => {
  words.refused('memory:eve:r1');
  words.refused('memory:eve:r1');
  assert.deepEqual([told.length, last()?.deaths[0]?.agent], [1, 'eve']);
  assert.match(last()?.deaths[0]?.message ?? '', /memory of eve \(request r1\): it is not run again/);
});
