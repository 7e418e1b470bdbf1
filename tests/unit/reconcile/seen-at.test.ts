/** How long an update took counts the work itself: not the pause before it could begin. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newActor } from '../../../orchestrator/src/reconcile/agent-worker.ts';
import { excuseOutage, excuseWait } from '../../../orchestrator/src/reconcile/change-time.ts';
import { version } from '../plan/views.ts';

const about = { agent: 'echo', because: 'x', version: version('a') } as const;
const seen = (change = {}) => Object.assign(newActor('echo'), { seenAt: 5, ...change });
const running = { step: { kind: 'start', ...about }, abort: new AbortController(), done: Promise.resolve() };

test('a wait is no part of it: stopped or backed off, a secret or a word missing', () => {
  const actor = seen();
  excuseWait(actor, null);
  assert.equal(actor.seenAt, null);
  const blocked = seen();
  excuseWait(blocked, { kind: 'block', ...about });
  assert.equal(blocked.seenAt, null);
});

test('the work is: settling, what is to be done, and what is under way', () => {
  const kept = [
    [seen({ settlingSince: 5 }), null],
    [seen(), { kind: 'start', ...about }],
    [seen({ running }), null],
  ] as const;
  for (const [actor, step] of kept) {
    excuseWait(actor, step);
    assert.equal(actor.seenAt, 5);
  }
});

test('while engine or bus are away it does not begin', () => {
  const actor = seen();
  excuseOutage(actor, 700);
  assert.equal(actor.seenAt, 700);
  const nothing = seen({ seenAt: null });
  excuseOutage(nothing, 700);
  assert.equal(nothing.seenAt, null);
  const busy = seen({ running });
  excuseOutage(busy, 700);
  assert.equal(busy.seenAt, 5);
});
