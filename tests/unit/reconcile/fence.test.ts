/** Who harms others is cut off first, then stopped, and held back longer each time; nobody else is touched. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentFact } from '../../../orchestrator/src/domain/event.ts';
import { type Actor, newActor, notBeforeOf } from '../../../orchestrator/src/reconcile/agent-worker.ts';
import { createFence } from '../../../orchestrator/src/reconcile/bus-guard/fence.ts';
import { NO_RETRY } from '../../../orchestrator/src/reconcile/retry.ts';
import type { Member } from '../../../orchestrator/src/rollout/session.ts';
import { aMember } from '../../support/builders/a-member.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

function rig(members: readonly Member[]) {
  const clock = steppedClock();
  const did: string[] = [];
  const facts: AgentFact[] = [];
  const actor = newActor('echo');
  for (const member of members) actor.session.members.set(member.inst, member);
  actor.session.owner = members.find(({ role }) => role === 'owner') ?? null;
  const actors = new Map<string, Actor>([['echo', actor]]);
  const fence = createFence({
    actors,
    swap: {
      clock,
      bus: { deleteUser: async (user) => void did.push(`delete ${user}`) },
      emit: (_agent, fact) => facts.push(fact),
      report: (agent, kind, message) => did.push(`${kind} ${agent}: ${message}`),
      onError: () => {},
      failOver: (_session, member) => {
        did.push(`lose ${member.inst}`);
        member.gone.abort();
      },
    },
  });
  return { actor, clock, did, facts, fence };
}

test('its user goes before anything else is done with it', () => {
  const { did, fence } = rig([aMember(1, 'owner')]);
  fence({ agent: 'echo', inst: 1 }, 'flood', 'it said too much');
  assert.deepEqual(did, [
    'delete echo.1',
    'flood echo: it said too much; instance 1 is cut off the bus and stopped',
    'lose 1',
  ]);
});

test('where only the agent is named, the newest goes first and the older ones stay', () => {
  const { did, fence } = rig([aMember(3, 'spare'), aMember(4, 'owner')]);
  fence({ agent: 'echo', inst: null }, 'flood', 'x');
  assert.deepEqual([did[0], did[2]], ['delete echo.4', 'lose 4']);
  fence({ agent: 'echo', inst: null }, 'flood', 'x');
  assert.deepEqual([did[3], did[5]], ['delete echo.3', 'lose 3'], 'what goes on is the other’s');
  fence({ agent: 'echo', inst: null }, 'flood', 'x');
  assert.equal(did.length, 6, 'nobody is left');
});

test('a user of nobody, and an agent of nobody', () => {
  const { did, fence } = rig([aMember(1, 'owner')]);
  fence({ agent: 'echo', inst: 9 }, 'connections', 'x');
  assert.deepEqual(did.slice(0, 1), ['delete echo.9']);
  fence({ agent: 'nobody', inst: null }, 'flood', 'x');
  assert.equal(did.length, 2);
});

test('with nobody to take over it is held back, longer each time, and a day later as at first', () => {
  const { actor, clock, facts, fence } = rig([]);
  const holds: number[] = [];
  for (let n = 1; n <= 9; n += 1) {
    const member = aMember(n, 'owner');
    actor.session.members.set(n, member);
    actor.session.owner = member;
    fence({ agent: 'echo', inst: n }, 'flood', 'x');
    actor.session.owner = null;
    actor.retry = NO_RETRY;
    holds.push((notBeforeOf(actor) ?? 0) - clock.now());
    clock.advance(n === 8 ? 24 * 60 * 60_000 : 1_000);
  }
  assert.deepEqual(
    holds,
    [30, 60, 120, 240, 480, 960, 1_920, 3_600, 30].map((seconds) => seconds * 1_000),
  );
  assert.equal(facts.filter(({ type }) => type === 'backoff').length, 9);
});

test('one that a spare stands in for is not held back', () => {
  const { actor, facts, fence } = rig([aMember(1, 'spare'), aMember(2, 'owner')]);
  fence({ agent: 'echo', inst: 2 }, 'flood', 'x');
  assert.deepEqual([actor.held, facts], [null, []]);
});
