/** When the loop looks at the engine: once for many passes, again for what may have changed; and what need not wait. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { DesiredAgent } from '../../../orchestrator/src/domain/desired.ts';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import type { Observation } from '../../../orchestrator/src/domain/observation.ts';
import { renderStep } from '../../../orchestrator/src/plan/render-plan.ts';
import type { ActorDeps } from '../../../orchestrator/src/reconcile/agent-worker.ts';
import { createLoop } from '../../../orchestrator/src/reconcile/reconcile-loop.ts';
import { createWake } from '../../../orchestrator/src/reconcile/wake.ts';
import type { RolloutDeps } from '../../../orchestrator/src/rollout/deps.ts';
import { createStatusInbox } from '../../../orchestrator/src/rollout/instances/status-inbox.ts';
import { createFakeContainerHost } from '../../support/fakes/fake-container-host.ts';
import { type SteppedClock, steppedClock } from '../../support/fakes/stepped-clock.ts';
import { valid, version } from '../plan/views.ts';

const none = () => {};
const nothing = async () => {};

/** A loop over what `folder` holds, whose looks at the engine the test answers. */
function looking(t: TestContext, clock = steppedClock()) {
  const wake = createWake(clock);
  const looks: PromiseWithResolvers<Observation>[] = [];
  const steps: string[] = [];
  const errors: string[] = [];
  const said: string[] = [];
  const facts: string[] = [];
  /** Of the next scans. */
  const failures: Error[] = [];
  const builds: (() => void)[] = [];
  const untilBuilt: ActorDeps['build'] = (_version, _snapshot, signal) =>
    new Promise((resolve, reject) => {
      builds.push(resolve);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  const folder: DesiredAgent[] = [];
  const fake = createFakeContainerHost({ installId: 'looks' });
  const host = { ...fake, observe: () => lookOf(looks) };
  const bus = {
    isUp: true,
    publish: async () => 0,
    fenceAndPublish: nothing,
    setUser: nothing,
    deleteUser: nothing,
    setPasswords: nothing,
    passwordsOf: async () => [],
    strangers: async () => [],
    listUsers: async () => [],
    connectionsOf: async () => [],
    connections: async () => [],
    endConnections: async () => {},
    refusals: async () => [],
    counts: async () => ({ connections: 0, commands: 0, errors: 0, opened: 0, bytes: 0 }),
    caughtUp: async () => {},

    onMessage: none,
    onState: none,
  };
  const swap: RolloutDeps = {
    host,
    bus,
    clock,
    statusInbox: createStatusInbox(clock),
    installId: 'looks',
    controlKeyFor: () => 'k',
    redisPort: 6379,
    emit: (agent, { type }) => facts.push(`${agent} ${type}`),
    save: nothing,
    secretsOf: () => ({ values: {}, hash: '', missing: [] }),
    slot: async () => none,
    reached: none,
    wake: wake.wake,
    report: () => {},
    onError: (what, error) => errors.push(`${what}: ${error}`),
  };
  const loop = createLoop({
    swap,
    wake,
    actors: new Map(),
    actorDeps: { swap, backoffBaseMs: 1000, onStep: (step) => steps.push(renderStep(step)), build: () => untilBuilt },
    async scan() {
      const failure = failures.shift();
      if (failure) throw failure;
      return { crew: { agents: [...folder], frozen: null }, recheckInMs: null };
    },
    rate: () => ({ value: 8, reasons: [] }),
    system: (key, ok) => said.push(`${key} ${ok}`),
    busIsUp: () => bus.isUp,
    secrets: { noteCrew: none, stateOf: () => ({ hash: '', secrets: [], missing: [], notes: [] }) },
    trust: { holdOf: () => null, formerOf: () => null, noteGone: none },
    expired: () => 0,
    removeHoldMs: 1000,
    forget: nothing,
  });
  const over = new AbortController();
  const ended = loop.run(over.signal);
  t.after(async () => {
    over.abort();
    await ended;
  });
  const answer = async (observation?: Observation) => {
    looks.at(-1)?.resolve(observation ?? (await fake.observe()));
    await turn();
  };
  const save = async (...agents: DesiredAgent[]) => {
    folder.splice(0, folder.length, ...agents);
    loop.folderChanged();
    await turn();
  };
  const built = async () => {
    builds.shift()?.();
    await turn();
  };
  return { clock, bus, loop, looks, steps, errors, said, facts, failures, answer, save, built };
}

function lookOf(looks: PromiseWithResolvers<Observation>[]): Promise<Observation> {
  const look = Promise.withResolvers<Observation>();
  looks.push(look);
  return look.promise;
}

const echo = (name: string) => valid(version(name));
const other = (name: string) => valid(version(name, { agent: 'other' }));

test('a change of the folder alone is planned from the last look, for a while', async (t) => {
  const { clock, looks, steps, answer, save } = looking(t);
  await turn();
  await answer();
  await save(echo('a'));
  assert.deepEqual(steps, ['echo: build hash-a, because a new bundle']);
  assert.equal(looks.length, 1);
  clock.advance(10_000);
  await turn();
  assert.equal(looks.length, 2);
  await answer();
});

test('a save does not wait for a look that began before it', async (t) => {
  const { clock, looks, steps, answer, save } = looking(t);
  await turn();
  await answer();
  clock.advance(10_000);
  await turn();
  assert.equal(looks.length, 2);
  await save(echo('a'));
  assert.deepEqual(steps, ['echo: build hash-a, because a new bundle']);
  await answer();
});

test('what changed in the engine of one agent is looked at; a save of another does not wait for it', async (t) => {
  const { loop, looks, steps, answer, save } = looking(t);
  await turn();
  await answer();
  await save({ kind: 'settling', id: 'echo', folder: 'echo' });
  loop.engineChanged('echo');
  await turn();
  assert.equal(looks.length, 2);
  await save(echo('a'), other('b'));
  assert.deepEqual(steps, ['other: build hash-b, because a new bundle']);
  await answer();
  assert.deepEqual(steps.slice(1), ['echo: build hash-a, because a new bundle']);
});

test('a look during which the engine changed is not the last one', async (t) => {
  const { loop, looks, answer } = looking(t);
  await turn();
  loop.engineChanged(null);
  await answer();
  assert.equal(looks.length, 2);
  await answer();
});

test('an image that was built during a look is not built again', async (t) => {
  const { loop, looks, steps, answer, save, built } = looking(t);
  await turn();
  await answer();
  await save(echo('a'));
  loop.engineChanged(null);
  await turn();
  assert.equal(looks.length, 2);
  await built();
  await answer(); // it began before the image was there
  assert.deepEqual(steps, ['echo: build hash-a, because a new bundle', 'echo: start hash-a, because a new bundle']);
});

test('an engine that does not answer is said, asked again, and nothing is planned meanwhile', async (t) => {
  const { clock, looks, steps, errors, said, answer, save } = looking(t);
  await turn();
  looks[0]?.reject(new HairemError('engine_unavailable', 'the engine is away'));
  await turn();
  await save(echo('a'));
  assert.deepEqual(steps, []);
  assert.deepEqual(said, ['engine false']);
  assert.equal(looks.length, 1);
  clock.advance(2_000);
  await turn();
  assert.equal(looks.length, 2);
  await answer();
  assert.deepEqual(said, ['engine false', 'engine true']);
  assert.deepEqual(steps, ['echo: build hash-a, because a new bundle']);
  assert.deepEqual(errors, []);
});

test('without the bus nothing is planned, and an engine that is away as well is said', async (t) => {
  const { bus, loop, looks, steps, said, save } = looking(t);
  bus.isUp = false;
  await turn();
  await save(echo('a'));
  loop.engineChanged(null);
  await turn();
  looks.at(-1)?.reject(new HairemError('engine_unavailable', 'the engine is away'));
  await turn();
  assert.deepEqual(said, ['engine false']);
  assert.deepEqual(steps, []);
});

test('a change is not forgotten when the folder could not be read', async (t) => {
  const { clock, steps, errors, failures, answer, save } = looking(t);
  await turn();
  await answer();
  failures.push(new HairemError('internal', 'the disk is full'));
  await save(echo('a'));
  assert.deepEqual(errors, ['a pass of the loop: HairemError: the disk is full']);
  assert.deepEqual(steps, []);
  clock.advance(2_000);
  await turn();
  assert.deepEqual(steps, ['echo: build hash-a, because a new bundle']);
});

/** Moves on whenever it is read, and wakes sleepers at a whole millisecond, perhaps too early: as Node's does. */
function tickingClock(tick: number): SteppedClock {
  const clock = steppedClock();
  let ticks = 0;
  return {
    ...clock,
    now() {
      ticks += tick;
      return clock.now() + ticks;
    },
    sleep: (ms, signal) => clock.sleep(Math.floor(ms), signal),
  };
}

test('a time that comes in the middle of a pass is not missed', async (t) => {
  for (let tick = 0.01; tick < 0.5; tick += 0.01) {
    const { clock, facts, answer, save } = looking(t, tickingClock(tick));
    await turn();
    await answer();
    await save({ kind: 'settling', id: 'echo', folder: 'echo' });
    await save();
    for (const ms of [998, 1, 1, 1]) {
      clock.advance(ms);
      await turn();
    }
    assert.deepEqual(facts, ['echo removed'], `each read takes ${tick.toFixed(2)} ms`);
  }
});
