/** The two deadlines of a candidate: its own until `prepared`, and that of the owner's handlers until `standby`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import type { AgentFact } from '../../../orchestrator/src/domain/event.ts';
import type { StatusMessage } from '../../../orchestrator/src/domain/messages/control.ts';
import { NEW_STORED_AGENT } from '../../../orchestrator/src/domain/stored-agent.ts';
import type { RolloutDeps } from '../../../orchestrator/src/rollout/deps.ts';
import { listen } from '../../../orchestrator/src/rollout/instances/status-events.ts';
import { createStatusInbox } from '../../../orchestrator/src/rollout/instances/status-inbox.ts';
import { giveUp } from '../../../orchestrator/src/rollout/rolling-update.ts';
import { type Member, newSession } from '../../../orchestrator/src/rollout/session.ts';
import { openUpdate } from '../../../orchestrator/src/rollout/update-report.ts';
import { verify } from '../../../orchestrator/src/rollout/verify.ts';
import { aMember } from '../../support/builders/a-member.ts';
import { aVersion } from '../../support/builders/a-version.ts';
import { createFakeContainerHost } from '../../support/fakes/fake-container-host.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

const MINUTE = 60_000;
const version = aVersion();

type Word = { type: StatusMessage['type'] } & Record<string, unknown>;

/** A candidate 8 beside the owner 7, welcomed and marked; the test says what they say. */
async function candidate({ beside = 7 }: { beside?: number } = {}) {
  const clock = steppedClock();
  const voices = createStatusInbox(clock);
  const facts: AgentFact[] = [];
  const marks: string[] = [];
  let wakes = 0;
  const say = (inst: number, message: Word) =>
    voices.take(`st:echo:${inst}`, JSON.stringify({ ...message, inst, term: 1 }));
  const deps: RolloutDeps = {
    host: createFakeContainerHost({ installId: 'prove' }),
    bus: {
      publish: async (channel, message) => {
        const { type, id, payload } = message as { type: string; id: string; payload?: { nonce: string } };
        if (type === 'mark') marks.push(id);
        if (channel === 'agent:echo:orchestrator') setImmediate(() => say(8, { type: 'echo', nonce: payload?.nonce }));
        return 1;
      },
      fenceAndPublish: async () => {},
      setUser: async () => {},
      deleteUser: async () => {},
      setPasswords: async () => {},
      passwordsOf: async () => [],
      strangers: async () => [],
      listUsers: async () => [],
      connectionsOf: async () => [{ sub: 4, psub: 3 }],
      connections: async () => [],
      endConnections: async () => {},
      refusals: async () => [],
      counts: async () => ({ connections: 0, commands: 0, errors: 0, opened: 0, bytes: 0 }),
      caughtUp: async () => {},
      onMessage: () => {},
      onState: () => {},
    },
    clock,
    statusInbox: voices,
    installId: 'prove',
    controlKeyFor: () => 'k',
    redisPort: 6379,
    emit: (_agent, fact) => facts.push(fact),
    save: async () => {},
    secretsOf: () => ({ values: {}, hash: '', missing: [] }),
    slot: async () => () => {},
    reached: () => {},
    wake: () => {
      wakes += 1;
    },
    report: () => {},
    onError: () => {},
  };
  const session = newSession('echo', NEW_STORED_AGENT);
  const fresh = aMember(8, 'candidate', false);
  const owner: Member = beside === 8 ? fresh : aMember(beside, 'owner');
  session.owner = beside === 8 ? null : owner;
  for (const member of [owner, fresh]) session.members.set(member.inst, member);
  listen(deps, { get: () => session });
  openUpdate(deps, session, { lane: 'code', because: 'code changed', version, seenAt: 0 });
  const signal = new AbortController();
  const proven = verify(deps, { session, member: fresh, version, owner, signal: signal.signal });
  const ended = proven.then(
    () => 'proven',
    (error) => error as HairemError,
  );
  await turn();
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 1000) {
      clock.advance(Math.min(left, 1000));
      await turn();
    }
  };
  const watermark = async (low: number) => {
    say(7, { type: 'watermark', base: marks[0], low, done: [], trying: [] });
    await turn();
  };
  const updates = () => facts.flatMap((fact) => (fact.type === 'update' ? [fact.update] : []));
  const refuse = (error: unknown) => giveUp(deps, { session, fresh, error }).catch(() => {});
  return {
    session,
    signal,
    ended,
    pass,
    watermark,
    updates,
    refuse,
    fresh,
    wakes: () => wakes,
    async says(type: Word['type']) {
      say(8, { type });
      await turn();
      await turn();
    },
  };
}

const last = <T>(all: readonly T[]): T | undefined => all.at(-1);

test('one that is not prepared in time is too slow, whatever the owner does', async () => {
  const { ended, pass, watermark, updates, refuse } = await candidate();
  await watermark(-1);
  await pass(59_000);
  await watermark(0);
  await pass(1000);
  const error = await ended;
  assert.ok(error instanceof HairemError);
  assert.equal(error.code, 'not_ready');
  assert.match(error.message, /^instance 8 was not ready in 60 s: loading its code, its setup\(\)/);
  await refuse(error);
  assert.equal(last(updates())?.result, 'rejected');
});

test('once prepared it waits for a handler of the owner, for longer than it had itself, and this is told', async () => {
  const { session, ended, pass, watermark, updates, says, wakes } = await candidate();
  await watermark(-1);
  await pass(5000);
  await says('prepared');
  assert.equal(last(updates())?.waits_since, null);
  const epoch = session.epoch;
  await pass(1000);
  assert.equal(last(updates())?.waits_since, '2026-01-01T12:00:00.000Z');
  assert.deepEqual([session.waitsForHandlers, session.epoch > epoch, wakes()], [true, true, 1]);
  const told = updates().length;
  await pass(5 * MINUTE);
  assert.equal(updates().length, told, 'the same is told once');
  await watermark(0);
  await says('standby');
  assert.equal(session.waitsForHandlers, false);
  await pass(1);
  assert.equal(await ended, 'proven');
  assert.equal(last(updates())?.waits_since, null);
});

test('a handler that ends gives the one behind it the whole time', async () => {
  const { ended, pass, watermark, updates, says } = await candidate();
  await watermark(-2);
  await says('prepared');
  await pass(9 * MINUTE);
  await watermark(-1);
  await pass(9 * MINUTE);
  assert.equal(last(updates())?.waits_since, '2026-01-01T12:09:00.000Z');
  await watermark(0);
  await says('standby');
  await pass(1);
  assert.equal(await ended, 'proven');
});

test('one that works for longer than a handler may ends the update, and the version is not to blame', async () => {
  const { session, ended, pass, watermark, updates, says, refuse } = await candidate();
  await watermark(-1);
  await says('prepared');
  await pass(10 * MINUTE);
  assert.equal(session.waitsForHandlers, true);
  await pass(30_000);
  const error = await ended;
  assert.ok(error instanceof HairemError);
  assert.equal(error.code, 'timeout');
  assert.match(error.message, /^waits for a handler of the running version that has worked for 630 s/);
  await refuse(error);
  assert.deepEqual([last(updates())?.result, last(updates())?.waits_since], ['failed', null]);
});

test('an owner that says nothing has its time from the mark on', async () => {
  const { ended, pass, says, session } = await candidate();
  await says('prepared');
  await pass(10 * MINUTE);
  assert.equal(session.waitsForHandlers, true);
  await pass(30_000);
  assert.equal(((await ended) as HairemError).code, 'timeout');
});

test('what is given up, or dies, while it waits ends with that reason', async () => {
  const given = await candidate();
  await given.says('prepared');
  await given.pass(2000);
  given.signal.abort(new HairemError('conflict', 'something newer'));
  assert.equal(((await given.ended) as HairemError).message, 'something newer');
  assert.equal(given.session.waitsForHandlers, false);
  const dead = await candidate();
  await dead.says('prepared');
  dead.fresh.gone.abort(new HairemError('instance_died', 'it ended'));
  assert.equal(((await dead.ended) as HairemError).message, 'it ended');
});

test('a first instance has nobody to wait for', async () => {
  const { ended, says, pass, updates } = await candidate({ beside: 8 });
  await says('prepared');
  await says('standby');
  await pass(1);
  assert.equal(await ended, 'proven');
  assert.equal(updates().length, 1);
});

test('one of an earlier base image says standby alone', async () => {
  const { ended, says, pass } = await candidate();
  await says('standby');
  await pass(1);
  assert.equal(await ended, 'proven');
});
