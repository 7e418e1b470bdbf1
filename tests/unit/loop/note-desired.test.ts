/** What a scan means for an actor: said once, and a user's wish that outlived a restart is shown. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentFact } from '../../../orchestrator/src/domain/event.ts';
import { NEW_STORED_AGENT, type StoredIntent } from '../../../orchestrator/src/domain/stored-agent.ts';
import { newActor } from '../../../orchestrator/src/loop/actor.ts';
import { noteDesired } from '../../../orchestrator/src/loop/note-desired.ts';
import { valid, version } from '../plan/views.ts';

function factsOf(intent: StoredIntent): string[] {
  const facts: AgentFact[] = [];
  const actor = newActor('echo', { ...NEW_STORED_AGENT, intent });
  const found = valid(version('one'));
  const deps = {
    crew: { agents: [found], frozen: null },
    now: 0,
    rate: () => null,
    emit: (fact: AgentFact) => void facts.push(fact),
    save: () => {},
  };
  noteDesired(actor, found, deps);
  noteDesired(actor, found, deps);
  return facts.map((fact) => fact.type);
}

test('a version is said once', () => {
  assert.deepEqual(factsOf({ kind: 'run' }), ['desired']);
});

test('an agent that a user stopped shows as stopped after a restart, although nothing has to be ended', () => {
  assert.deepEqual(factsOf({ kind: 'stopped' }), ['desired', 'stopped']);
});

test('one that a user switched off shows as disabled while the bundle is the same', () => {
  assert.deepEqual(factsOf({ kind: 'disabled', manifestHash: 'hash-one' }), ['desired', 'disabled']);
  assert.deepEqual(factsOf({ kind: 'disabled', manifestHash: 'another' }), ['desired']);
});
