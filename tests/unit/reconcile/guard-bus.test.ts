/** The guard put together: a flood on any connection ends in the fence, before the flood itself is heard. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { throwLater } from '../../../orchestrator/src/domain/errors/failures.ts';
import type { AgentFact } from '../../../orchestrator/src/domain/event.ts';
import type { Bus } from '../../../orchestrator/src/domain/ports/ports.ts';
import { newActor } from '../../../orchestrator/src/reconcile/agent-worker.ts';
import { guardBus } from '../../../orchestrator/src/reconcile/bus-guard/guard-bus.ts';
import type { RolloutDeps } from '../../../orchestrator/src/rollout/deps.ts';
import { aMember } from '../../support/builders/a-member.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

type Ear = (channel: string, text: string) => void;

function rig() {
  const did: string[] = [];
  const ears: { loop: Ear[]; people: Ear[] } = { loop: [], people: [] };
  const clock = steppedClock();
  const actor = newActor('echo');
  actor.session.members.set(3, aMember(3, 'spare'));
  const bus = {
    deleteUser: async (user: string) => void did.push(`delete ${user}`),
    onMessage: (ear: Ear) => void ears.loop.push(ear),
  } as unknown as Bus;
  const swap = {
    bus,
    clock,
    emit: (_agent: string, fact: AgentFact) => void did.push(fact.type),
    report: (agent: string, kind: string) => void did.push(`${kind} ${agent}`),
    wake() {},
    onError() {},
  } as unknown as RolloutDeps;
  const guarded = guardBus({
    bus,
    people: { onMessage: (ear) => void ears.people.push(ear) },
    actors: new Map([['echo', actor]]),
    clock,
    note: throwLater,
    swap: () => swap,
  });
  let heard = 0;
  guarded.bus.onMessage(() => {
    heard += 1;
  });
  return { did, ears, guarded, heard: () => heard };
}

const large = 'x'.repeat(900_000);

for (const [connection, channel] of [
  ['loop', 'st:echo:3'],
  ['loop', 'svc:registry:echo:3'],
  ['people', 'agent:user:echo'],
  ['people', 'broadcast:echo'],
] as const)
  test(`a flood on ${channel} is named, then its speaker's user goes`, () => {
    const { did, ears, heard } = rig();
    for (let n = 0; n < 20; n += 1) for (const ear of ears[connection]) ear(channel, large);
    assert.deepEqual(did.slice(0, 3), ['flood echo', 'delete echo.3', 'flood echo']);
    assert.ok(heard() < 5);
  });

test('a flood among agents, too', () => {
  const { did, guarded } = rig();
  for (let n = 0; n < 20; n += 1) guarded.amongAgents.admits('agent:sheep:echo', large.length);
  assert.deepEqual(did.slice(0, 2), ['flood echo', 'delete echo.3']);
});

test('what no SDK says is named, and not ended for it', () => {
  const { did, ears } = rig();
  for (const ear of ears.people) ear('broadcast:echo', '['.repeat(100));
  assert.deepEqual(did, ['forged echo']);
});
