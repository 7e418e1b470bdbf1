/** A restart that a person asks for: a handler that hangs has its drain time, then it is given up, then the owner is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { AgentFact } from '../../../orchestrator/src/domain/event.ts';
import { NEW_STORED_AGENT } from '../../../orchestrator/src/domain/stored-agent.ts';
import { awaitHandlers } from '../../../orchestrator/src/rollout/await-handlers.ts';
import type { RolloutDeps } from '../../../orchestrator/src/rollout/deps.ts';
import { createStatusInbox } from '../../../orchestrator/src/rollout/instances/status-inbox.ts';
import { newSession } from '../../../orchestrator/src/rollout/session.ts';
import { openUpdate } from '../../../orchestrator/src/rollout/update-report.ts';
import { aMember } from '../../support/builders/a-member.ts';
import { aVersion } from '../../support/builders/a-version.ts';
import { createFakeContainerHost } from '../../support/fakes/fake-container-host.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

const DRAIN_S = 30;
const version = aVersion();

function waiting({ hurrySince }: { hurrySince: number | null }) {
  const clock = steppedClock();
  const said: { type: string; seconds?: number }[] = [];
  const facts: AgentFact[] = [];
  const deps: RolloutDeps = {
    host: createFakeContainerHost({ installId: 'hang' }),
    bus: {
      publish: async (_channel, message) => said.push(message as { type: string }),
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
      caughtUp: async () => {},
      onMessage: () => {},
      onState: () => {},
    },
    clock,
    statusInbox: createStatusInbox(clock),
    installId: 'hang',
    controlKeyFor: () => 'k',
    redisPort: 6379,
    emit: (_agent, fact) => facts.push(fact),
    save: async () => {},
    secretsOf: () => ({ values: {}, hash: '', missing: [] }),
    slot: async () => () => {},
    reached: () => {},
    wake: () => {},
    report: () => {},
    onError: (what, error) => assert.fail(`${what}: ${error}`),
  };
  const session = newSession('echo', NEW_STORED_AGENT);
  const owner = {
    ...aMember(7, 'owner'),
    version: { ...version, update: { ...version.update, drain_seconds: DRAIN_S } },
  };
  const fresh = aMember(8, 'candidate', false);
  session.owner = owner;
  for (const member of [owner, fresh]) session.members.set(member.inst, member);
  session.hurrySince = hurrySince;
  openUpdate(deps, session, { lane: 'restart', because: 'a user asked for a restart', version, seenAt: 0 });
  const standby = Promise.withResolvers<void>();
  const ended = awaitHandlers(deps, { session, owner, standby: standby.promise, signal: fresh.gone.signal });
  ended.catch(() => {});
  return {
    session,
    owner,
    facts,
    ended,
    standby,
    said: () => said.filter(({ type }) => type === 'give_up'),
    /** Second by second, as it looks. */
    async pass(seconds: number) {
      for (let second = 0; second < seconds; second += 1) {
        clock.advance(1_000);
        await turn();
      }
    },
  };
}

test('nobody asked: it waits for as long as a handler may work', async () => {
  const it = waiting({ hurrySince: null });
  await it.pass(600);
  assert.deepEqual(it.said(), []);
  assert.equal(it.owner.gone.signal.aborted, false);
});

test('after the drain time, and not before, handlers older than that are given up; then it goes on', async () => {
  const it = waiting({ hurrySince: 0 });
  await it.pass(DRAIN_S - 1);
  assert.deepEqual(it.said(), []);
  await it.pass(1);
  assert.deepEqual(it.said(), [{ type: 'give_up', inst: 7, seconds: DRAIN_S }]);
  it.standby.resolve();
  await it.ended;
  assert.equal(it.session.waitsForHandlers, false);
});

test('asked for while an update waits already: the time counts from then', async () => {
  const it = waiting({ hurrySince: null });
  await it.pass(100);
  it.session.hurrySince = 100_000;
  await it.pass(DRAIN_S - 1);
  assert.deepEqual(it.said(), []);
  await it.pass(1);
  assert.equal(it.said().length, 1);
});

test('an owner that does not even give them up is hung: it is lost, and the next one is started', async () => {
  const it = waiting({ hurrySince: 0 });
  await it.pass(3 * DRAIN_S + 4);
  assert.equal(it.owner.gone.signal.aborted, false);
  await it.pass(1);
  assert.equal(it.owner.gone.signal.aborted, true);
  await it.pass(1);
  const crashed = it.facts.find(({ type }) => type === 'crashed');
  assert.match(JSON.stringify(crashed), /did not give up its handlers for a restart/);
});
