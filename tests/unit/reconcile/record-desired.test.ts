/** What a scan means for an actor: said once, kept while frozen, and old wishes end with a changed bundle. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DesiredAgent } from '../../../orchestrator/src/domain/desired.ts';
import type { AgentFact } from '../../../orchestrator/src/domain/event.ts';
import { newActor } from '../../../orchestrator/src/reconcile/agent-worker.ts';
import { recordDesired } from '../../../orchestrator/src/reconcile/record/record-desired.ts';
import { valid, version } from '../plan/views.ts';

function actorAt() {
  const actor = newActor('echo');
  const said: AgentFact['type'][] = [];
  const note = (found: DesiredAgent | null, { now = 0, frozen = null as string | null } = {}) =>
    recordDesired(actor, found, {
      crew: { agents: [], frozen },
      now,
      rate: () => null,
      emit: ({ type }) => said.push(type),
      save: () => {},
    });
  return { actor, said, note };
}

test('a version is said once, and clears what waits', () => {
  const { actor, said, note } = actorAt();
  actor.retry = { tries: 3, notBefore: 9, because: null };
  note(valid(version('a')));
  note(valid(version('a')));
  assert.deepEqual([said, actor.retry.notBefore], [['desired'], null]);
});

test('the time of a change is when it was first seen, settling included', () => {
  const { actor, note } = actorAt();
  note({ kind: 'settling', id: 'echo', folder: 'echo' }, { now: 5 });
  note(valid(version('a')), { now: 9 });
  assert.equal(actor.seenAt, 5);
});

test('gone counts from the first time that it was missed, and not while frozen', () => {
  const { actor, note } = actorAt();
  note(valid(version('a')));
  note(null, { now: 3, frozen: 'the folder is gone' });
  assert.deepEqual([actor.desired?.kind, actor.goneSince], ['valid', null]);
  note(null, { now: 5 });
  note(null, { now: 8 });
  assert.deepEqual([actor.desired, actor.goneSince], [null, 5]);
});

test('a rollback and "switched off" end with a changed bundle, a stop does not', () => {
  for (const [kind, after] of [
    ['rollback', 'run'],
    ['disabled', 'run'],
    ['stopped', 'stopped'],
  ] as const) {
    const { actor, note } = actorAt();
    const intents = {
      rollback: { kind: 'rollback', from: 'hash-a', to: version('z') },
      disabled: { kind: 'disabled', manifestHash: 'hash-a' },
      stopped: { kind: 'stopped' },
    } as const;
    actor.session.stored = { ...actor.session.stored, intent: intents[kind] };
    note(valid(version('a')));
    assert.equal(actor.session.stored.intent.kind, kind);
    note(valid(version('b')));
    assert.equal(actor.session.stored.intent.kind, after);
  }
});

test('another version may be blocked for the same reason, and is said to be', () => {
  const { actor, note } = actorAt();
  note(valid(version('a')));
  actor.saidBlocked = 'the secret PIN is missing';
  note(valid(version('a')));
  assert.equal(actor.saidBlocked, 'the secret PIN is missing');
  note(valid(version('b')));
  assert.equal(actor.saidBlocked, null);
});
