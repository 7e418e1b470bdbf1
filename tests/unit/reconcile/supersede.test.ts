/** What ends an update that waits for a handler of the running version: what is wanted by then. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import type { Planned, Step } from '../../../orchestrator/src/plan/step.ts';
import { newActor } from '../../../orchestrator/src/reconcile/agent-worker.ts';
import { isBusy, supersede } from '../../../orchestrator/src/reconcile/supersede.ts';
import { aMember } from '../../support/builders/a-member.ts';
import { aVersion } from '../../support/builders/a-version.ts';

const swapTo = (hash: string): Step => ({
  kind: 'swap',
  agent: 'echo',
  because: 'code or sandbox changed',
  version: aVersion({ hash }),
  lane: 'code',
});

/** An actor whose swap from `old` waits. */
function waiting(hash = 'new') {
  const actor = newActor('echo');
  const { session } = actor;
  session.owner = { ...aMember(7, 'owner'), hash: 'old' };
  for (const member of [session.owner, aMember(8, 'candidate', false)]) session.members.set(member.inst, member);
  session.waitsForHandlers = true;
  const abort = new AbortController();
  actor.running = { step: swapTo(hash), abort, done: Promise.resolve() };
  return { actor, abort };
}

function reasonOf(planned: Planned | null, { hash = 'new', secrets = '' } = {}): string | null {
  const { actor, abort } = waiting(hash);
  supersede(actor, planned, { now: 5, secretsHash: () => secrets });
  if (!abort.signal.aborted) return null;
  assert.ok(abort.signal.reason instanceof HairemError);
  assert.equal(abort.signal.reason.code, 'conflict');
  return abort.signal.reason.message;
}

test('the same version goes on, whatever else could be done meanwhile', () => {
  assert.equal(reasonOf(swapTo('new')), null);
  assert.equal(reasonOf({ kind: 'attach', agent: 'echo', because: 'x', version: aVersion({ hash: 'other' }) }), null);
});

test('a newer save, a live update, a stop and a removal end it', () => {
  const about = { agent: 'echo', because: 'so it is' };
  assert.match(reasonOf(swapTo('newer')) ?? '', /another version is wanted \(code or sandbox changed\)/);
  assert.match(
    reasonOf({ kind: 'configure', ...about, version: aVersion({ hash: 'newer' }) }) ?? '',
    /another version/,
  );
  assert.match(reasonOf({ kind: 'stop', ...about, status: 'stopped' }) ?? '', /so it is/);
  assert.match(reasonOf({ kind: 'stop', ...about, status: 'removed' }) ?? '', /so it is/);
});

test('going back to what runs ends it, unless a fresh instance of that was what was wanted', () => {
  assert.match(reasonOf(null) ?? '', /what runs is what is wanted/);
  assert.match(reasonOf({ kind: 'retire', agent: 'echo', because: 'x' }) ?? '', /what runs/);
  assert.equal(reasonOf(null, { hash: 'old' }), null);
});

test('other secrets than the candidate was given end it', () => {
  assert.match(reasonOf(swapTo('new'), { secrets: 'rotated' }) ?? '', /its secrets changed/);
});

test('a reload or a restart that is asked for meanwhile is fulfilled by what waits', () => {
  const { actor, abort } = waiting();
  actor.request = 'restart';
  supersede(actor, swapTo('new'), { now: 5, secretsHash: () => '' });
  assert.deepEqual([actor.request, abort.signal.aborted, actor.session.hurrySince], [null, false, 5]);
  actor.request = 'restart';
  supersede(actor, swapTo('new'), { now: 9, secretsHash: () => '' });
  assert.equal(actor.session.hurrySince, 5, 'who asks twice waits no longer');
});

test('a step that does not wait is left alone', () => {
  const { actor, abort } = waiting();
  assert.equal(isBusy(actor), false);
  actor.session.waitsForHandlers = false;
  assert.equal(isBusy(actor), true);
  supersede(actor, null, { now: 5, secretsHash: () => '' });
  assert.equal(abort.signal.aborted, false);
  actor.running = null;
  assert.equal(isBusy(actor), false);
});
