/** What one agent's answers may cost: they are bounded, however small each of them is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Execution } from '../../../orchestrator/src/rpc/request.ts';
import { Desk } from '../../../orchestrator/src/rpc/request-queue.ts';

test('a flood of small answers is forgotten from its oldest on', async () => {
  const desk = new Desk({ atOnce: 2, open: 10, bytes: 64 * 1024 });
  for (let n = 0; n < 1_000; n += 1) {
    const execution = new Execution(String(n), () => {});
    await desk.take(execution, 10, { work: async () => execution.end({ ok: true, result: n }), now: () => 0 });
  }
  const kept = Array.from({ length: 1_000 }, (_, n) => desk.find(String(n))).filter(Boolean).length;
  assert.ok(kept > 0 && kept <= 64, `${kept} are kept`);
  assert.notEqual(desk.find('999'), null);
});
