/** What an agent was asked is lost when nobody is left who has it; what is handed over, or goes on, is not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentFact } from '../../../orchestrator/src/domain/event.ts';
import { type Actor, newActor } from '../../../orchestrator/src/reconcile/agent-worker.ts';
import { whyLost } from '../../../orchestrator/src/reconcile/commands/why-lost.ts';
import type { Member } from '../../../orchestrator/src/rollout/session.ts';
import { aMember } from '../../support/builders/a-member.ts';
import { eventOf, PROBLEM } from '../../support/builders/registry-events.ts';
import { valid, version } from '../plan/views.ts';

function actorOf(members: readonly Member[], change: Partial<Actor> = {}): Actor {
  const actor = Object.assign(newActor('echo'), { desired: valid(version('a')), ...change });
  for (const member of members) actor.session.members.set(member.inst, member);
  return actor;
}
function stopped(): Actor {
  const actor = actorOf([]);
  actor.session.stored = { ...actor.session.stored, intent: { kind: 'stopped' } };
  return actor;
}

const crashed: AgentFact = { type: 'crashed', inst: 1, because: 'exit code 9', log: [], lost: null };
const state = (inst: number, name: 'CONNECTED' | 'GONE' | 'SPARE'): AgentFact => ({ type: 'state', inst, state: name });

const LOST: Readonly<Record<string, [Actor, AgentFact, says: RegExp]>> = {
  'its process ended': [
    actorOf([aMember(1, 'leaving')]),
    crashed,
    /^echo ended while it had this message: exit code 9; `\.\/hairem logs echo` says more, then ask again$/,
  ],
  'it was stopped': [stopped(), state(1, 'GONE'), /: echo is stopped \(by a user\): `hairem start echo`$/],
  'its folder was removed': [actorOf([], { desired: null }), state(1, 'GONE'), /: the folder of echo is gone/],
  'it was blocked': [actorOf([], { saidBlocked: 'the secret PIN is missing' }), state(1, 'GONE'), /echo is blocked/],
  'it was cut off for what it did': [
    actorOf([], { held: { times: 1, at: 0, until: 31_000 } }),
    state(1, 'GONE'),
    /echo harmed others/,
  ],
  'it is invalid by now': [
    actorOf([], { desired: { kind: 'invalid', id: 'echo', folder: 'echo', problems: [PROBLEM] } }),
    state(1, 'GONE'),
    /echo is invalid/,
  ],
  'its first instance failed, and what it held with it': [actorOf([]), state(1, 'GONE'), /^echo ended/],
  'a candidate that is not complete is left': [
    actorOf([aMember(2, 'candidate', false)]),
    state(1, 'GONE'),
    /^echo ended/,
  ],
  'it is started, and has heard nothing': [
    actorOf([aMember(1, 'candidate', false)]),
    state(1, 'CONNECTED'),
    /^echo was started anew and does not have this message; ask again$/,
  ],
  'the one before it was stopped first': [
    actorOf([aMember(1, 'leaving'), aMember(2, 'candidate', false)]),
    state(2, 'CONNECTED'),
    /^echo was started anew/,
  ],
};

for (const [name, [actor, event, says]] of Object.entries(LOST)) {
  test(`lost: ${name}`, () => {
    const why = whyLost(actor, eventOf(event));
    assert.equal(why?.code, 'instance_died');
    assert.match(why?.message ?? '', says);
  });
}

const KEPT: Readonly<Record<string, [Actor, AgentFact]>> = {
  'a candidate comes beside the owner': [
    actorOf([aMember(1, 'owner'), aMember(2, 'candidate', false)]),
    state(2, 'CONNECTED'),
  ],
  'a candidate goes, the owner stays': [actorOf([aMember(1, 'owner')]), state(2, 'GONE')],
  'the old one goes, the new one acts': [actorOf([aMember(2, 'owner')]), state(1, 'GONE')],
  'the owner goes, the spare has everything': [actorOf([aMember(1, 'spare')]), state(2, 'GONE')],
  'the owner goes, the one before still drains': [actorOf([aMember(1, 'draining')]), state(2, 'GONE')],
  'the owner goes, a complete candidate follows': [actorOf([aMember(2, 'candidate', true)]), state(1, 'GONE')],
  'it is the spare now': [actorOf([]), state(1, 'SPARE')],
  'it is silent': [actorOf([]), { type: 'stale' }],
};

for (const [name, [actor, event]] of Object.entries(KEPT))
  test(`kept: ${name}`, () => assert.equal(whyLost(actor, eventOf(event)), null));
