/** What a step of a build writes is looked at while it runs, and above its limit the build ends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { untilTooMuchWritten } from '../../../orchestrator/src/engine/build/build-size.ts';
import type { EngineCall } from '../../../orchestrator/src/engine/client.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

const GIB = 2 ** 30;

/** @param looks what the engine says at each: rows, or an error @param tookMs how long each takes */
async function watched(looks: readonly (object[] | Error)[], { tookMs = 0, stepMs = 2_000 } = {}) {
  const clock = steppedClock();
  const over = new AbortController();
  const calls: EngineCall[] = [];
  const engine = {
    async call(call: EngineCall) {
      const found = looks[calls.length] ?? [];
      calls.push(call);
      clock.advance(tookMs);
      if (found instanceof Error) throw found;
      return { status: 200, body: found };
    },
  };
  const about = { engine, clock, run: '0f', tag: 'hairem/deps:1', writtenBytes: 4 * GIB, signal: over.signal };
  const ended = untilTooMuchWritten(about);
  for (let n = 0; n < looks.length; n += 1) {
    clock.advance(stepMs);
    for (let times = 0; times < 5; times += 1) await turn();
  }
  over.abort();
  return { calls, why: (await ended)?.message ?? null };
}

test('above its limit it is told, and of the containers of this build alone', async () => {
  const { calls, why } = await watched([[], [{ SizeRw: 4 * GIB }], [{ SizeRw: 3 * GIB }, { SizeRw: GIB + 1 }], []]);
  assert.equal(why, 'the build of hairem/deps:1 was ended: it wrote more than 4 GB');
  assert.equal(calls.length, 3);
  assert.deepEqual(calls[0]?.query, { all: true, size: true, filters: { label: ['io.hairem.build=0f'] } });
});

test('a look that fails, or says no size, is left out; the end of the build ends it', async () => {
  const { calls, why } = await watched([new Error('busy'), [{}], [{ SizeRw: null }], [{ SizeRw: 'many' }]]);
  assert.deepEqual([why, calls.length], [null, 4]);
});

test('it takes a fifth of the time of the engine at most', async () => {
  const { calls } = await watched([[], [], [], []], { tookMs: 10_000, stepMs: 10_000 });
  assert.equal(calls.length, 1);
});
