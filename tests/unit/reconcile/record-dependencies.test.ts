/** What an agent needs and nobody has: warned of, by id or capability, and gone by itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SoftPart } from '../../../orchestrator/src/domain/version.ts';
import { type Actor, newActor } from '../../../orchestrator/src/reconcile/agent-worker.ts';
import { recordDependencies } from '../../../orchestrator/src/reconcile/record/record-dependencies.ts';
import { aSoftPart } from '../../support/builders/a-version.ts';
import { valid, version } from '../plan/views.ts';

function actorOf(id: string, soft: Partial<SoftPart> = {}): Actor {
  return Object.assign(newActor(id), { desired: valid(version(id, { agent: id, soft: aSoftPart(soft) })) });
}

function crewOf(...all: Actor[]) {
  const actors = new Map(all.map((actor) => [actor.id, actor]));
  const away = new Map<string, string>();
  const said: string[] = [];
  return {
    actors,
    away,
    said,
    note() {
      said.length = 0;
      recordDependencies(actors, {
        emit: (agent, fact) =>
          said.push(`${agent}: ${fact.type === 'warning' ? `${fact.key}: ${fact.message}` : fact.type}`),
        whyAway: ({ id }) => away.get(id) ?? null,
      });
      return said;
    },
  };
}

const needing = (...dependencies: string[]) => actorOf('renarde', { dependencies });

test('one that is not there is said once, and goes when it comes', () => {
  const crew = crewOf(needing('horloge'));
  assert.deepEqual(crew.note(), [
    'renarde: dependencies: needs horloge: there is no agent of that id, and none with that capability',
  ]);
  assert.deepEqual(crew.note(), []);
  crew.actors.set('horloge', actorOf('horloge'));
  assert.deepEqual(crew.note(), ['renarde: dependencies: null']);
});

test('one that is away is said with its reason, and goes when it is back', () => {
  const crew = crewOf(needing('horloge'), actorOf('horloge'));
  assert.deepEqual(crew.note(), []);
  crew.away.set('horloge', 'horloge is stopped (by a user): `hairem start horloge`');
  assert.deepEqual(crew.note(), [
    'renarde: dependencies: needs horloge: horloge is stopped (by a user): `hairem start horloge`',
  ]);
  crew.away.clear();
  assert.deepEqual(crew.note(), ['renarde: dependencies: null']);
});

test('a capability is had where any other agent has it', () => {
  const crew = crewOf(
    needing('Timers'),
    actorOf('horloge', { capabilities: ['timers'] }),
    actorOf('b', { capabilities: ['timers'] }),
  );
  crew.away.set('horloge', 'horloge is down');
  assert.deepEqual(crew.note(), []);
  crew.away.set('b', 'b is down');
  assert.deepEqual(crew.note(), ['renarde: dependencies: needs Timers: horloge is down']);
});

test('nobody meets its own need, ids may be spelt as folders are, and all that lacks is told', () => {
  const own = actorOf('own', { dependencies: ['cooking'], capabilities: ['cooking'] });
  assert.equal(crewOf(own).note().length, 1);
  assert.deepEqual(crewOf(needing('Living Room'), actorOf('living-room')).note(), []);
  assert.match(crewOf(needing('a', 'b')).note()[0] ?? '', /needs a: .*, and b: /);
});
