/** A flood of security events must not flood who shows them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { AgentFact } from '../../../orchestrator/src/domain/event.ts';
import { createSecurityReports, QUIET_MS } from '../../../orchestrator/src/reconcile/record/report-security.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

function rig() {
  const clock = steppedClock();
  const said: string[] = [];
  const emit = (agent: string, fact: AgentFact) => {
    if (fact.type === 'security') said.push(`${agent} ${fact.kind} ${fact.message} ${fact.count}`);
  };
  const over = new AbortController();
  return { clock, said, report: createSecurityReports({ clock, emit, signal: over.signal }) };
}

test('the first is said at once, a thousand more are one', async () => {
  const { clock, said, report } = rig();
  for (let n = 0; n < 1_000; n += 1) report('wolf', 'flood', `n${n}`);
  assert.deepEqual(said, ['wolf flood n0 1']);
  clock.advance(QUIET_MS);
  await setImmediate();
  assert.deepEqual(said, ['wolf flood n0 1', 'wolf flood n999 999']);
  report('wolf', 'flood', 'more');
  assert.equal(said.length, 2, 'it goes on being quiet');
});

test('nobody waits behind another agent or another kind', () => {
  const { said, report } = rig();
  report('wolf', 'flood', 'a');
  report('wolf', 'refused', 'b');
  report('sheep', 'flood', 'c');
  assert.deepEqual(said, ['wolf flood a 1', 'wolf refused b 1', 'sheep flood c 1']);
});

test('after a quiet time the next is said at once again', async () => {
  const { clock, said, report } = rig();
  report('wolf', 'hog', 'a');
  clock.advance(QUIET_MS);
  await setImmediate();
  report('wolf', 'hog', 'b');
  assert.deepEqual(said, ['wolf hog a 1', 'wolf hog b 1']);
});
