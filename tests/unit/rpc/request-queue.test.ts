/** What one agent's answers may cost: they are bounded, however small each of them is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { OpenRequest } from '../../../orchestrator/src/rpc/request.ts';
import { RequestQueue } from '../../../orchestrator/src/rpc/request-queue.ts';

test('a flood of small answers is forgotten from its oldest on', async () => {
  const desk = new RequestQueue({ atOnce: 2, open: 10, bytes: 64 * 1024 });
  for (let n = 0; n < 1_000; n += 1) {
    const execution = new OpenRequest(String(n), () => {});
    await desk.take(execution, 10, { work: async () => execution.end({ ok: true, result: n }), now: () => 0 });
  }
  const kept = Array.from({ length: 1_000 }, (_, n) => desk.find(String(n))).filter(Boolean).length;
  assert.ok(kept > 0 && kept <= 64, `${kept} are kept`);
  assert.notEqual(desk.find('999'), null);
});

test('other things happen between what waits its turn: two begin in each turn of the event loop', async () => {
  const desk = new RequestQueue({ atOnce: 2, open: 10, bytes: 64 * 1024 });
  let done = 0;
  const work = async () => {
    done += 1;
  };
  const all = Array.from({ length: 6 }, (_, n) =>
    desk.take(new OpenRequest(String(n), () => {}), 10, { work, now: () => 0 }),
  );
  for (let n = 0; n < 50; n += 1) await null;
  assert.equal(done, 2);
  await turn();
  assert.equal(done, 4);
  await Promise.all(all);
  assert.equal(done, 6);
});

test('who is cut off is worked for no longer, and what waited is forgotten', async () => {
  const desk = new RequestQueue({ atOnce: 1, open: 3, bytes: 100 });
  const begun: string[] = [];
  const take = (id: string) => {
    const execution = new OpenRequest(id, () => {});
    const work = () => {
      begun.push(id);
      return new Promise<void>((resolve) => execution.controller.signal.addEventListener('abort', () => resolve()));
    };
    return desk.take(execution, 30, { work, now: () => 0 });
  };
  const all = ['a', 'b', 'c'].map(take);
  await turn();
  assert.equal(desk.hasRoomFor(30), false);
  desk.giveUp(new Error('cut off'));
  await Promise.all(all);
  assert.deepEqual([begun, desk.find('b'), desk.hasRoomFor(100)], [['a'], null, true]);
  void take('b');
  await turn();
  assert.deepEqual(begun, ['a', 'b'], 'there is a turn again, and it may be asked again');
  desk.giveUp(new Error('over'));
});
