/** Rule 11: who takes over from a dead owner. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEW_STORED_AGENT } from '../../../orchestrator/src/domain/stored-agent.ts';
import { successorOf } from '../../../orchestrator/src/rollout/failover.ts';
import { type Member, newSession } from '../../../orchestrator/src/rollout/session.ts';
import { aMember as member } from '../../support/builders/a-member.ts';

function heir(owner: Member, ...others: Member[]): number | null {
  const session = newSession('echo', NEW_STORED_AGENT);
  for (const one of [owner, ...others]) session.members.set(one.inst, one);
  return successorOf(session, owner)?.inst ?? null;
}

test('one that still drains is nearest, then the spare, then a complete candidate', () => {
  const owner = member(9, 'owner');
  const [draining, spare, candidate] = [member(8, 'draining'), member(7, 'spare'), member(10, 'candidate')];
  assert.equal(heir(owner, candidate, spare, draining), 8);
  assert.equal(heir(owner, candidate, spare), 7);
  assert.equal(heir(owner, candidate), 10);
});

test('nobody takes over who is incomplete, dead or going', () => {
  const dead = member(7, 'spare');
  dead.gone.abort();
  assert.equal(heir(member(9, 'owner'), member(10, 'candidate', false), dead, member(6, 'leaving')), null);
});
