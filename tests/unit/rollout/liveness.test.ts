/** Whose silence counts: what somebody said and we have not heard yet is no silence of theirs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { NEW_STORED_AGENT } from '../../../orchestrator/src/domain/stored-agent.ts';
import type { RolloutDeps } from '../../../orchestrator/src/rollout/deps.ts';
import { watchLiveness } from '../../../orchestrator/src/rollout/instances/liveness.ts';
import { createStatusInbox } from '../../../orchestrator/src/rollout/instances/status-inbox.ts';
import { newSession } from '../../../orchestrator/src/rollout/session.ts';
import { aMember } from '../../support/builders/a-member.ts';
import { createFakeContainerHost } from '../../support/fakes/fake-container-host.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

const PULSE = 500;

/** An owner that says nothing more, or something every so often; a test says how far behind our own ears are. */
async function silent(caughtUp: () => Promise<void>, seconds: number, saysAfter = Number.POSITIVE_INFINITY) {
  const clock = steppedClock();
  const owner = aMember(1, 'owner');
  const session = newSession('echo', NEW_STORED_AGENT);
  session.members.set(1, owner);
  session.owner = owner;
  const over = new AbortController();
  const watched = { sessions: () => [session], isUp: () => true };
  const deps: RolloutDeps = {
    clock,
    host: createFakeContainerHost({ installId: 'monitor' }),
    bus: {
      caughtUp,
      publish: async () => 1,
      fenceAndPublish: async () => {},
      setUser: async () => {},
      deleteUser: async () => {},
      setPasswords: async () => {},
      passwordsOf: async () => [],
      strangers: async () => [],
      listUsers: async () => [],
      connectionsOf: async () => [],
      connections: async () => [],
      endConnections: async () => {},
      refusals: async () => [],
      counts: async () => ({ connections: 0, commands: 0, errors: 0, opened: 0, bytes: 0 }),
      onMessage() {},
      onState() {},
    },
    statusInbox: createStatusInbox(clock),
    installId: 'monitor',
    controlKeyFor: () => 'k',
    redisPort: 6379,
    emit() {},
    report() {},
    save: async () => {},
    secretsOf: () => ({ values: {}, hash: '', missing: [] }),
    slot: async () => () => {},
    reached() {},
    wake() {},
    onError() {},
  };
  const ended = watchLiveness(deps, watched, over.signal);
  for (let ms = 0; ms < seconds * 1000; ms += PULSE) {
    await turn();
    if (ms % saysAfter === 0) owner.heardAt = clock.now();
    clock.advance(PULSE);
    await turn();
  }
  over.abort();
  clock.advance(PULSE);
  await Promise.race([ended, turn()]);
  return { isDead: owner.gone.signal.aborted };
}

test('who says nothing for twenty seconds while we hear everything is dead', async () => {
  assert.equal((await silent(async () => {}, 25)).isDead, true);
});

test('while what was said is still on its way to us, nobody is', async () => {
  assert.equal((await silent(() => new Promise(() => {}), 120)).isDead, false);
});

test('while Redis does not answer us, nobody is', async () => {
  assert.equal((await silent(() => Promise.reject(new Error('timed out')), 120)).isDead, false);
});

test('whether we have heard all is asked while somebody seems silent, and not of those who speak', async () => {
  const asked = { silent: 0, speaking: 0 };
  const ask = (who: keyof typeof asked) => async () => {
    asked[who] += 1;
  };
  await silent(ask('silent'), 10);
  const { isDead } = await silent(ask('speaking'), 60, 2_000);
  assert.deepEqual([asked, isDead], [{ silent: 16, speaking: 0 }, false]);
});
