/** When the loop looks at the engine: once for many passes, and again for whatever may have changed there. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Observation } from '../../../orchestrator/src/domain/observation.ts';
import { createWake } from '../../../orchestrator/src/loop/wake.ts';
import { createLoop } from '../../../orchestrator/src/reconcile-loop.ts';
import type { SwapDeps } from '../../../orchestrator/src/swap/deps.ts';
import { createVoices } from '../../../orchestrator/src/swap/voices.ts';
import { createFakeContainerHost } from '../../fakes/fake-container-host.ts';
import { steppedClock } from '../../fakes/stepped-clock.ts';

const none = () => {};
const nothing = async () => {};

/** A loop without agents, whose looks at the engine the test answers. */
function looking(t: TestContext) {
  const clock = steppedClock();
  const wake = createWake(clock);
  const looks: ((observation: Observation) => void)[] = [];
  const fake = createFakeContainerHost({ installId: 'looks' });
  const host = { ...fake, observe: () => new Promise<Observation>((resolve) => void looks.push(resolve)) };
  const bus = {
    publish: async () => 0,
    fenceAndPublish: nothing,
    setUser: nothing,
    deleteUser: nothing,
    listUsers: async () => [],
    connectionsOf: async () => [],
    onMessage: none,
    onState: none,
  };
  const swap: SwapDeps = {
    host,
    bus,
    clock,
    voices: createVoices(clock),
    installId: 'looks',
    redisPort: 6379,
    emit: none,
    save: nothing,
    secretsOf: () => ({ values: {}, hash: '', missing: [] }),
    slot: async () => none,
    reached: none,
    wake: wake.wake,
    onError: (what, error) => assert.fail(`${what}: ${error}`),
  };
  const loop = createLoop({
    swap,
    wake,
    actors: new Map(),
    actorDeps: { swap, backoffBaseMs: 1000, onStep: none, build: () => nothing },
    scan: async () => ({ crew: { agents: [], frozen: null }, recheckInMs: null }),
    rate: () => ({ value: 8, reasons: [] }),
    system: none,
    busIsUp: () => true,
    secrets: { noteCrew: none, stateOf: () => ({ hash: '', secrets: [], missing: [], notes: [] }) },
    removeHoldMs: 1000,
    forget: nothing,
  });
  const over = new AbortController();
  const ended = loop.run(over.signal);
  t.after(async () => {
    over.abort();
    await ended;
  });
  const answer = async () => {
    looks.at(-1)?.(await fake.observe());
    await turn();
  };
  return { clock, loop, looks, answer };
}

test('a change of the folder alone is planned from the last look, for a while', async (t) => {
  const { clock, loop, looks, answer } = looking(t);
  await turn();
  await answer();
  loop.folderChanged();
  await turn();
  assert.equal(looks.length, 1);
  clock.advance(10_000);
  await turn();
  assert.equal(looks.length, 2);
  await answer();
});

test('what changed in the engine is looked at', async (t) => {
  const { loop, looks, answer } = looking(t);
  await turn();
  await answer();
  loop.engineChanged();
  await turn();
  assert.equal(looks.length, 2);
  await answer();
});

test('a look during which the engine changed is not the last one', async (t) => {
  const { loop, looks, answer } = looking(t);
  await turn();
  loop.engineChanged();
  await answer();
  assert.equal(looks.length, 2);
  await answer();
});
