/** A person's word: what was shown is what is accepted; and what waits is said once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import type { AgentFact } from '../../../orchestrator/src/domain/event.ts';
import type { Hold } from '../../../orchestrator/src/domain/trust.ts';
import { newActor } from '../../../orchestrator/src/reconcile/agent-worker.ts';
import { type Allowing, allow, allowanceOf } from '../../../orchestrator/src/reconcile/commands/approve.ts';
import { recordHold } from '../../../orchestrator/src/reconcile/record/record-hold.ts';
import { aMember } from '../../support/builders/a-member.ts';
import { valid, version } from '../plan/views.ts';

const HOLD: Hold = {
  version: 'hash-b',
  because: 'waits for your word: …',
  asks: ['the internet'],
  givesUp: ['a volume'],
};
const NAME = { variable: 'ECHO_TWO_X', name: 'TWO_X', others: [{ agent: 'echo-two', name: 'X' }] };

function allowing(change: { hold?: Hold | null; contested?: (typeof NAME)[] } = {}) {
  const state = { hold: HOLD as Hold | null, contested: [] as (typeof NAME)[], ...change };
  const done: string[] = [];
  const deps: Allowing = {
    now: () => 7,
    holdOf: () => state.hold,
    accept: ({ id }) => done.push(`accept ${id}`),
    contestedBy: () => state.contested,
    claim: (names) => done.push(`claim ${[...names].join(' ')}`),
  };
  return { state, done, deps };
}

test('what was shown is accepted, and what waits for it is tried at once', () => {
  const { deps, done } = allowing({ contested: [NAME] });
  const actor = newActor('echo');
  actor.retry = { tries: 3, notBefore: 99, because: null };
  const shown = allowanceOf(actor, deps);
  assert.deepEqual(shown.asks, ['the internet', 'ECHO_TWO_X as its secret TWO_X (it could be X of echo-two)']);
  assert.deepEqual(shown.gives_up, ['a volume']);
  allow(actor, shown.hash ?? '', deps);
  assert.deepEqual(done, ['accept echo', 'claim ECHO_TWO_X,echo']);
  assert.deepEqual([actor.retry.notBefore, actor.seenAt], [null, 7]);
});

test('anything other than what was shown is a conflict', () => {
  const actor = newActor('echo');
  const { deps, done, state } = allowing();
  const { hash } = allowanceOf(actor, deps);
  const changes: (() => void)[] = [
    () => (state.hold = { ...HOLD, version: 'hash-c' }),
    () => (state.hold = { ...HOLD, asks: [...HOLD.asks, 'the secret X'] }),
    () => (state.contested = [NAME]),
    () => (state.hold = null),
  ];
  for (const change of changes) {
    change();
    assert.throws(
      () => allow(actor, hash ?? '', deps),
      (error) => error instanceof HairemError && error.code === 'conflict',
    );
  }
  assert.notEqual(allowanceOf(newActor('other'), allowing().deps).hash, hash);
  assert.deepEqual(done, []);
});

test('where nothing waits there is nothing to say', () => {
  const { deps } = allowing({ hold: null });
  assert.deepEqual(allowanceOf(newActor('echo'), deps), { hash: null, because: null, asks: [], gives_up: [] });
  assert.throws(() => allow(newActor('echo'), 'x', deps), /nothing of echo waits/);
});

test('what waits is said once, as a warning and as an update that is held', () => {
  const actor = newActor('echo');
  const said: AgentFact[] = [];
  const note = (hold: Hold | null) => recordHold(actor, hold, { at: 'now', emit: (fact) => said.push(fact) });
  note(null);
  assert.equal(said.length, 0);
  actor.desired = valid(version('b'));
  note(HOLD);
  assert.deepEqual(
    said.splice(0),
    [{ type: 'warning', key: 'trust', message: HOLD.because }],
    'nothing runs: no update',
  );
  note(null);
  actor.session.owner = { ...aMember(1, 'owner'), version: version('a') };
  said.length = 0;
  note(HOLD);
  note(HOLD);
  assert.deepEqual(
    said.map((fact) => (fact.type === 'update' ? [fact.update.result, fact.update.from, fact.update.to] : fact.type)),
    ['warning', ['held', 'hash-a', 'hash-b']],
  );
  actor.desired = valid(version('a'));
  said.length = 0;
  note(null);
  assert.deepEqual(
    said.map((fact) => (fact.type === 'update' ? fact.update.result : fact.type)),
    ['warning', 'rejected'],
  );
});
