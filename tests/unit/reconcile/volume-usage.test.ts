/** What agents keep: shown, warned of at four fifths, and above the limit the agent is stopped once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { AgentFact } from '../../../orchestrator/src/domain/event.ts';
import { DEFAULT_GRANT } from '../../../orchestrator/src/domain/grants.ts';
import { watchVolumeUsage } from '../../../orchestrator/src/reconcile/triggers/volume-usage.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

const MIB = 2 ** 20;

/** @param held MiB at each look, 30 s apart; an error for a look that fails; 'start' for a person who starts it between */
async function watched(held: readonly (number | Error | 'start')[], limit = 100 * MIB) {
  const clock = steppedClock();
  const over = new AbortController();
  const facts: AgentFact[] = [];
  const [stops, reports, errors]: [string[], string[], unknown[]] = [[], [], []];
  let wanted = true;
  let now: number | Error = 0;
  const step = async (found: number | Error | 'start') => {
    if (found === 'start') wanted = true;
    else now = found;
    clock.advance(30_000);
    for (let n = 0; n < 5; n += 1) await turn();
  };
  const running = watchVolumeUsage({
    installId: 'ab12',
    isUsed: () => true,
    async sizes() {
      if (now instanceof Error) throw now;
      return new Map([['echo', now * MIB]]);
    },
    grants: () => ({ ...DEFAULT_GRANT, storageBytes: limit }),
    isWanted: () => wanted,
    async stop(_, because) {
      wanted = false;
      stops.push(because);
    },
    emit: (_, fact) => facts.push(fact),
    report: (_, kind, message) => reports.push(`${kind}: ${message}`),
    onError: (_, error) => errors.push(error),
    clock,
    signal: over.signal,
  });
  for (let n = 0; n < 5; n += 1) await turn();
  for (const found of held) await step(found);
  over.abort();
  await running;
  const warnings = facts.flatMap((fact) => (fact.type === 'warning' ? [fact.message] : []));
  const bytes = facts.flatMap((fact) => (fact.type === 'storage' ? [fact.bytes / MIB] : []));
  return { warnings, bytes, stops, reports, errors };
}

test('what it holds is shown when it changes, and a warning comes and goes', async () => {
  const { warnings, bytes, stops } = await watched([10, 10, 79, 80, 80, 20]);
  assert.deepEqual(bytes, [0, 10, 79, 80, 20]);
  assert.deepEqual(warnings.length, 2);
  assert.match(
    warnings[0] ?? '',
    /holds 80 of 100 MiB; above that it is stopped: remove files \(volume hairem-ab12-echo-data\)/,
  );
  assert.equal(warnings[1], null);
  assert.deepEqual(stops, []);
});

test('above its limit it is stopped once, with what to do, and named', async () => {
  const { stops, reports, warnings } = await watched([101, 101, 150, 150]);
  assert.equal(stops.length, 1);
  assert.match(stops[0] ?? '', /holds 101 of 100 MiB: remove files .*raise `storage` of echo in deploy\/grants\.yaml/);
  assert.deepEqual(reports, ['hog: its volume at /data holds 101 of 100 MiB: it is stopped']);
  assert.match(warnings[0] ?? '', /then \.\/hairem start echo$/);
});

test('started again to clean up, it has time; it is stopped again when it goes on filling', async () => {
  assert.equal((await watched([120, 'start', 121, 110, 90])).stops.length, 1);
  assert.equal((await watched([120, 'start', 121, 140])).stops.length, 2);
  assert.equal((await watched([120, 'start', 90, 101])).stops.length, 2);
});

test('at its limit it runs', async () => assert.deepEqual((await watched([100])).stops, []));

test('a look that fails is told, and the next one comes', async () => {
  const { errors, bytes } = await watched([new Error('the engine is away'), 30]);
  assert.deepEqual([errors.length, bytes], [1, [0, 30]]);
});

test('nothing is measured while nobody has a volume, and a slow engine is asked less often', async () => {
  const clock = steppedClock();
  const over = new AbortController();
  let [asked, used] = [0, false];
  const running = watchVolumeUsage({
    installId: 'ab12',
    isUsed: () => used,
    async sizes() {
      asked += 1;
      clock.advance(10_000);
      return new Map();
    },
    grants: () => DEFAULT_GRANT,
    isWanted: () => true,
    stop: async () => {},
    emit: () => {},
    report: () => {},
    onError: () => {},
    clock,
    signal: over.signal,
  });
  const pass = async (ms: number) => {
    clock.advance(ms);
    for (let n = 0; n < 5; n += 1) await turn();
  };
  await pass(30_000);
  assert.equal(asked, 0);
  used = true;
  await pass(30_000);
  assert.equal(asked, 1);
  await pass(499_000);
  assert.equal(asked, 1);
  await pass(1000);
  assert.equal(asked, 2);
  over.abort();
  await running;
});
