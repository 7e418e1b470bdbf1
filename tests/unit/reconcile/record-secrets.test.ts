/** What is said of an agent's secrets: once, and again when it has become true again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentFact } from '../../../orchestrator/src/domain/event.ts';
import type { SecretState } from '../../../orchestrator/src/domain/secrets.ts';
import { newActor } from '../../../orchestrator/src/reconcile/agent-worker.ts';
import { recordBlocked, recordSecrets } from '../../../orchestrator/src/reconcile/record/record-secrets.ts';

const NONE: SecretState = { hash: '', secrets: [], missing: [], notes: [] };
const LACKING: SecretState = { ...NONE, missing: ['TOKEN is missing'] };
const GIVEN: SecretState = { ...NONE, hash: 'x', secrets: [{ name: 'TOKEN', fingerprint: 'f' }] };

function actorAt() {
  const actor = newActor('echo');
  const said: AgentFact[] = [];
  return { actor, said, emit: (fact: AgentFact) => void said.push(fact) };
}

test('of an agent without secrets nothing is said', () => {
  const { actor, said, emit } = actorAt();
  recordSecrets(actor, NONE, emit);
  assert.deepEqual(said, []);
});

test('a state is said once, and one that is over is taken back', () => {
  const { actor, said, emit } = actorAt();
  for (const state of [LACKING, LACKING, NONE]) recordSecrets(actor, state, emit);
  assert.deepEqual(said, [
    { type: 'secrets', secrets: [], warnings: ['TOKEN is missing'] },
    { type: 'secrets', secrets: [], warnings: [] },
  ]);
});

test('with other secrets what failed is tried at once', () => {
  const { actor, emit } = actorAt();
  recordSecrets(actor, GIVEN, emit);
  actor.retry = { tries: 3, notBefore: 9, because: null };
  recordSecrets(actor, GIVEN, emit);
  assert.equal(actor.retry.notBefore, 9);
  recordSecrets(actor, { ...GIVEN, hash: 'y' }, emit);
  assert.equal(actor.retry.notBefore, null);
});

test('blocked is said once, and again after something else was done', () => {
  const { actor, said, emit } = actorAt();
  for (const because of ['a', 'a', null, 'a']) recordBlocked(actor, because, emit);
  assert.deepEqual(said, [
    { type: 'blocked', because: 'a' },
    { type: 'blocked', because: 'a' },
  ]);
});
