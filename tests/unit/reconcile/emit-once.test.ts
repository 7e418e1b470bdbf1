/** Each fact is said once: a table over all of them, as levels or as events. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentFact } from '../../../orchestrator/src/domain/event.ts';
import { createEmitOnce } from '../../../orchestrator/src/reconcile/record/emit-once.ts';
import { active, desired, heartbeat, NOON, PROBLEM, updateOf } from '../../support/builders/registry-events.ts';

/** Said again at once: is it news? A new kind of fact does not type-check here until it is decided. */
const AGAIN: { [T in AgentFact['type']]: [fact: AgentFact, isNews: boolean] } = {
  desired: [desired('h1'), false],
  invalid: [{ type: 'invalid', problems: [PROBLEM] }, false],
  behind: [{ type: 'behind', kind: 'held', because: 'x' }, false],
  secrets: [{ type: 'secrets', secrets: [], warnings: ['x'] }, false],
  blocked: [{ type: 'blocked', because: 'x' }, false],
  stopped: [{ type: 'stopped', because: 'stopped by a user' }, false],
  disabled: [{ type: 'disabled', because: 'switched off by a user' }, false],
  last_good: [{ type: 'last_good', hash: 'h1' }, false],
  model: [{ type: 'model', model: 'small' }, false],
  usage: [{ type: 'usage', usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2, cost: 0 } }, false],
  storage: [{ type: 'storage', bytes: 1 }, false],
  database: [{ type: 'database', bytes: 1 }, false],
  warning: [{ type: 'warning', key: 'k', message: 'm' }, false],
  removed: [{ type: 'removed' }, true],
  building: [{ type: 'building', hash: 'h1', because: 'x' }, true],
  starting: [{ type: 'starting', hash: 'h1', because: 'x' }, true],
  active: [active('h1', 1), true],
  state: [{ type: 'state', inst: 1, state: 'DRAINING' }, true],
  heartbeat: [heartbeat(1), true],
  stale: [{ type: 'stale' }, true],
  crashed: [{ type: 'crashed', inst: 1, because: 'x', log: [], lost: null }, true],
  update: [{ type: 'update', update: updateOf() }, true],
  backoff: [{ type: 'backoff', because: 'x', code: 'not_ready', tries: 1, retry_at: NOON }, true],
  failed: [{ type: 'failed', because: 'x', code: 'build_failed', log: [] }, true],
  gap: [{ type: 'gap', since: NOON, until: NOON, lost: null }, true],
  abandoned: [{ type: 'abandoned', ids: ['a'] }, true],
  security: [{ type: 'security', kind: 'flood', message: 'x', count: 1 }, true],
  past_security: [{ type: 'past_security', entries: [] }, true],
};

for (const [type, [fact, isNews]] of Object.entries(AGAIN)) {
  test(`${type}, said again, is ${isNews ? 'said' : 'no news'}`, () => {
    const once = createEmitOnce();
    assert.equal(once.isNews('echo', fact), true, 'the first time');
    assert.equal(once.isNews('other', fact), true, 'of another agent');
    assert.equal(once.isNews('echo', structuredClone(fact)), isNews);
  });
}

const stopped: AgentFact = { type: 'stopped', because: 'stopped by a user' };

test('what ended meanwhile is said again, and so is another reason', () => {
  const once = createEmitOnce();
  const said = [stopped, active('h1', 1), stopped, { ...stopped, because: 'its volume is full' }];
  assert.deepEqual(
    said.map((fact) => once.isNews('echo', fact)),
    [true, true, true, true],
  );
});

test('one warning says nothing of another, and one that is taken back may come again', () => {
  const once = createEmitOnce();
  const warning = (key: string, message: string | null): AgentFact => ({ type: 'warning', key, message });
  const said = [warning('a', 'x'), warning('b', 'x'), warning('a', 'x'), warning('a', null), warning('a', 'x')];
  assert.deepEqual(
    said.map((fact) => once.isNews('echo', fact)),
    [true, true, false, true, true],
  );
});

test('an agent that was removed begins anew', () => {
  const once = createEmitOnce();
  const said: AgentFact[] = [stopped, { type: 'removed' }, stopped];
  assert.deepEqual(
    said.map((fact) => once.isNews('echo', fact)),
    [true, true, true],
  );
});

test('another instance may have the same warning, and another version the same lack', () => {
  const once = createEmitOnce();
  const warning: AgentFact = { type: 'warning', key: 'tasks', message: 'one is stuck' };
  const blocked: AgentFact = { type: 'blocked', because: 'the secret PIN is missing' };
  const said = [warning, active('h1', 1), warning, blocked, desired('h2'), blocked, blocked];
  assert.deepEqual(
    said.map((fact) => once.isNews('echo', fact)),
    [true, true, true, true, true, true, false],
  );
});
