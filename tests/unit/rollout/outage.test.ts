/** Rule 9 in a window: the gap is told by the session, because no instance is left that could. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentFact } from '../../../orchestrator/src/domain/event.ts';
import { NEW_STORED_AGENT } from '../../../orchestrator/src/domain/stored-agent.ts';
import { beginOutage, endOutage } from '../../../orchestrator/src/rollout/instances/outage.ts';
import { newSession, type Session } from '../../../orchestrator/src/rollout/session.ts';
import { aMember } from '../../support/builders/a-member.ts';

function sessionOf(owner: number, ...spares: number[]): Session {
  const session = newSession('echo', NEW_STORED_AGENT);
  session.owner = aMember(owner, 'owner');
  for (const member of [session.owner, ...spares.map((inst) => aMember(inst, 'spare'))])
    session.members.set(member.inst, member);
  return session;
}

function heard(session: Session, inst: number): AgentFact[] {
  const facts: AgentFact[] = [];
  const deps = { emit: (_: string, fact: AgentFact) => facts.push(fact), clock: { timestamp: () => 'later' } };
  endOutage(deps, session, aMember(inst, 'owner'));
  return facts;
}

test('another owner than before: what was sent in between is a gap, told once', () => {
  const session = sessionOf(9, 8);
  beginOutage(session, 'first');
  beginOutage(session, 'second');
  assert.deepEqual(heard(session, 10), [{ type: 'gap', since: 'first', until: 'later', lost: null }]);
  assert.deepEqual(heard(session, 10), []);
});

test('the same owner lived on: it reports what it missed itself', () => {
  const session = sessionOf(9, 8);
  beginOutage(session, 'first');
  assert.deepEqual(heard(session, 9), []);
  assert.deepEqual(heard(session, 10), []);
});

test('outside a window nothing is remembered', () => {
  const session = sessionOf(9);
  beginOutage(session, 'first');
  assert.deepEqual(heard(session, 10), []);
});
