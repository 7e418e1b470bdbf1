/** Which instances have expired and are still there, wherever something of them is left, and why, for people. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newActor } from '../../../orchestrator/src/reconcile/agent-worker.ts';
import { agentsOf, highest, stillThere, whyOld } from '../../../orchestrator/src/reconcile/commands/rotation-waits.ts';
import type { Role } from '../../../orchestrator/src/rollout/session.ts';
import { aMember } from '../../support/builders/a-member.ts';
import { aVersion } from '../../support/builders/a-version.ts';

/** An agent of these instances; the first one owns. */
function anActor(members: readonly [number, Role][]) {
  const actor = newActor('ada');
  const { session } = actor;
  for (const [inst, role] of members) session.members.set(inst, aMember(inst, role));
  session.owner = [...session.members.values()].find(({ role }) => role === 'owner') ?? null;
  session.stored = { ...session.stored, lastInst: Math.max(...members.map(([inst]) => inst)) };
  return actor;
}

const of = (members: readonly [number, Role][]) => new Map([['ada', anActor(members)]]);
const none = { users: [], containers: [] };

test('the highest number counts, whoever knows it: what is stored, Redis, the engine', () => {
  const actors = of([[3, 'owner']]);
  assert.deepEqual(highest({ actors, ...none }), { ada: 3 });
  const users = ['ada.4', 'bob.2', 'memory'];
  const containers = [
    { agent: 'ada', inst: 2 },
    { agent: 'eve', inst: 7 },
  ];
  assert.deepEqual(highest({ actors, users, containers }), { ada: 4, bob: 2, eve: 7 });
});

test('one is there while a member, a user or a container of it is; who began later is not meant', () => {
  const expired = { ada: 3 };
  const later = of([[4, 'owner']]);
  assert.deepEqual(stillThere(expired, { actors: later, ...none }), []);
  assert.deepEqual(
    stillThere(expired, {
      actors: of([
        [4, 'owner'],
        [3, 'spare'],
      ]),
      ...none,
    }),
    ['ada.3'],
  );
  assert.deepEqual(
    stillThere(expired, {
      actors: of([
        [4, 'owner'],
        [2, 'leaving'],
      ]),
      ...none,
    }),
    ['ada.2'],
  );
  assert.deepEqual(stillThere(expired, { ...none, actors: later, users: ['ada.3', 'ada.4', 'bob.1', 'llm'] }), [
    'ada.3',
  ]);
  const containers = [
    { agent: 'ada', inst: 3 },
    { agent: 'ada', inst: 4 },
    { agent: 'bob', inst: 1 },
  ];
  assert.deepEqual(stillThere(expired, { ...none, actors: later, containers }), ['ada.3']);
  assert.deepEqual(agentsOf(expired, later), []);
  assert.deepEqual(
    agentsOf(
      expired,
      of([
        [4, 'owner'],
        [3, 'spare'],
      ]),
    ),
    ['ada'],
  );
});

test('it is said why one is still there', () => {
  const record = { warnings: [], last_update: null };
  const actor = anActor([[3, 'owner']]);
  assert.match(whyOld(actor, 3, record), /waits for its turn/);
  assert.match(
    whyOld(actor, 3, { ...record, warnings: ['storage: full', 'secrets: KEY is missing'] }),
    /^secrets: KEY/,
  );
  const error = { code: 'rejected', message: 'setup failed: no', log: [] } as const;
  const update = { result: 'rejected', error } as never;
  assert.equal(whyOld(actor, 3, { ...record, last_update: update }), 'its new instance failed: setup failed: no');
  const step = { kind: 'swap', agent: 'ada', because: '', lane: 'restart', version: aVersion({}) } as const;
  actor.running = { step, abort: new AbortController(), done: Promise.resolve() };
  assert.match(whyOld(actor, 3, record), /is starting/);
  actor.session.waitsForHandlers = true;
  assert.match(whyOld(actor, 3, record), /still works on a message/);
  assert.match(
    whyOld(
      anActor([
        [4, 'owner'],
        [3, 'spare'],
      ]),
      3,
      record,
    ),
    /until its monitor window is over/,
  );
});
