/** So many at a time, in order, and nobody waits for one that has left. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTurns } from '../../../orchestrator/src/services/llm/turns.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));
const never = new AbortController().signal;

test('the third waits for one of two', async () => {
  const turns = createTurns(2);
  const order: string[] = [];
  const first = await turns.take(never);
  await turns.take(never);
  const third = turns.take(never).then(() => order.push('third'));
  const fourth = turns.take(never).then(() => order.push('fourth'));
  await settled();
  assert.deepEqual(order, []);
  first();
  first();
  await third;
  await settled();
  assert.deepEqual(order, ['third'], 'a turn is given back once');
  fourth.catch(() => {});
});

test('one that gives up while it waits leaves its place', async () => {
  const turns = createTurns(1);
  const end = await turns.take(never);
  const stop = new AbortController();
  const left = turns.take(stop.signal);
  const next = turns.take(never);
  stop.abort(new Error('gone'));
  await assert.rejects(left, /gone/);
  end();
  (await next)();
  (await turns.take(never))();
  await assert.rejects(turns.take(stop.signal), /gone/);
});
