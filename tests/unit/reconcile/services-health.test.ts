/** Whether the services are there: what they say, what reaches nobody, and silence; each change is said once. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  createServicesHealth,
  type ServicesHealth,
} from '../../../orchestrator/src/reconcile/services/services-health.ts';
import { type SteppedClock, steppedClock } from '../../support/fakes/stepped-clock.ts';

let clock: SteppedClock;
let presence: ServicesHealth;
/** What `/api/status` would be told: true for well. */
let said: { ok: boolean; because: string }[];
let stop: AbortController;
let running: Promise<void>;

const settled = () => new Promise((resolve) => setImmediate(resolve));
async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    clock.advance(1_000);
    await settled();
  }
}
const changes = () => said.map(({ ok }) => ok);

beforeEach(() => {
  clock = steppedClock();
  said = [];
  stop = new AbortController();
  let wasOk = true;
  presence = createServicesHealth({
    clock,
    system(key, ok, because) {
      assert.equal(key, 'services');
      if (ok !== wasOk) said.push({ ok, because });
      wasOk = ok;
    },
  });
  running = presence.run(stop.signal);
});
afterEach(async () => {
  stop.abort();
  await running;
});

test('silence of thirty seconds means that they are away, and the first word that they are back', async () => {
  presence.busIs('up');
  await pass(29);
  assert.deepEqual(changes(), []);
  await pass(1);
  assert.deepEqual(changes(), [false]);
  assert.match(said[0]?.because ?? '', /memory, language models and history do not work/);
  assert.match(said[0]?.because ?? '', /`docker compose up -d services`.*`docker compose logs services`/);
  await pass(100);
  assert.deepEqual(changes(), [false]);
  presence.heard();
  assert.deepEqual(changes(), [false, true]);
  await pass(29);
  presence.heard();
  await pass(29);
  assert.deepEqual(changes(), [false, true]);
  await pass(1);
  assert.deepEqual(changes(), [false, true, false]);
});

test('while Redis is away nothing is known of them, and afterwards they have thirty seconds again', async () => {
  presence.busIs('up');
  await pass(20);
  presence.busIs('down');
  await pass(100);
  presence.busIs('up');
  await pass(29);
  assert.deepEqual(changes(), []);
  await pass(1);
  assert.deepEqual(changes(), [false]);
});

test('a request that reaches nobody tells it at once', async () => {
  presence.busIs('up');
  presence.heard();
  assert.equal(await presence.counted(async () => 1), 1);
  assert.deepEqual(changes(), []);
  assert.equal(await presence.counted(async () => 0), 0);
  assert.deepEqual(changes(), [false]);
  assert.match(said[0]?.because ?? '', /nobody hears/);
  await pass(60);
  presence.heard();
  assert.deepEqual(changes(), [false, true]);
});

test('at the start, and after Redis was away, they may take their time to come', async () => {
  presence.busIs('up');
  await presence.counted(async () => 0);
  assert.deepEqual(changes(), []);
  presence.heard();
  presence.busIs('down');
  presence.busIs('up');
  await presence.counted(async () => 0);
  assert.deepEqual(changes(), []);
});

test('a count that was made before they came says nothing of now', async () => {
  presence.busIs('up');
  presence.heard();
  await presence.counted(async () => {
    presence.heard();
    return 0;
  });
  assert.deepEqual(changes(), []);
});

test('a request that Redis did not take is an error as it was, and no sign', async () => {
  presence.busIs('up');
  presence.heard();
  await assert.rejects(
    presence.counted(() => Promise.reject(new Error('Redis is away'))),
    /Redis is away/,
  );
  assert.deepEqual(changes(), []);
});

test('started again and again they are there, and it is told with by whom, until it is over', () => {
  presence.busIs('up');
  presence.heard();
  presence.restarted('the services were started 3 times within 60 s, in the middle of llm of eve');
  presence.heard();
  assert.deepEqual(changes(), [false]);
  assert.match(said[0]?.because ?? '', /llm of eve; `docker compose logs services`/);
  presence.restarted(null);
  assert.deepEqual(changes(), [false, true]);
});
