/** A pace: a burst at once, then so many a second, and nothing is taken from the source before its time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { paced } from '../../../orchestrator/src/api/stream/throttled.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

function following() {
  const clock = steppedClock();
  const stop = new AbortController();
  const counts = { taken: 0, given: 0 };
  async function* endless() {
    for (;;) yield counts.taken++;
  }
  const read = async () => {
    for await (const _ of paced(endless(), { burst: 50, perSecond: 20, clock, signal: stop.signal })) counts.given += 1;
  };
  return { clock, stop, counts, reading: read() };
}

const settled = async () => {
  for (let n = 0; n < 300; n += 1) await turn();
};

test('it waits once the burst is over, and goes on at its pace, never ahead of it', async () => {
  const { clock, stop, counts, reading } = following();
  await settled();
  assert.deepEqual(counts, { given: 50, taken: 51 });
  for (let tenth = 0; tenth < 10; tenth += 1) {
    clock.advance(100);
    await settled();
  }
  assert.deepEqual(counts, { given: 70, taken: 71 });
  stop.abort();
  await reading;
});

test('after a pause the burst is there again, and no more than that', async () => {
  const { clock, stop, counts, reading } = following();
  await settled();
  clock.advance(3_600_000);
  await settled();
  assert.equal(counts.given, 100);
  stop.abort();
  await reading;
});

test('a reader who leaves ends the waiting', async () => {
  const { stop, counts, reading } = following();
  await settled();
  stop.abort();
  await reading;
  assert.equal(counts.given, 50);
});
