/** The tasks of an agent: held until active, watched, restarted, ended (BUNDLE.md, spawnTask). */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { TaskFunction } from '../../../agent-base-image/typescript/src/agent-host.ts';
import { causes } from '../../../agent-base-image/typescript/src/runtime/cause.ts';
import { createNursery, type Nursery } from '../../../agent-base-image/typescript/src/runtime/nursery.ts';
import { type SteppedClock, steppedClock } from '../../support/fakes/stepped-clock.ts';

let clock: SteppedClock;
let nursery: Nursery;
let logged: string[];

beforeEach(() => {
  clock = steppedClock();
  logged = [];
  const note = (text: string) => logged.push(text);
  nursery = createNursery({ clock, log: { debug: note, info: note, warn: note, error: note } });
});

const settle = async () => {
  for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
};
const states = () => nursery.report().map(({ name, state }) => `${name} ${state}`);
const untilAborted: TaskFunction = (signal) =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

describe('the nursery', () => {
  test('holds a task until it starts, and runs one at once that comes later', async () => {
    nursery.add({ name: 'early', run: untilAborted });
    assert.deepEqual(states(), ['early waiting']);
    nursery.start();
    await settle();
    nursery.add({ name: 'late', run: untilAborted });
    assert.deepEqual(states(), ['early running', 'late running']);
  });

  test('one that ends by itself does not start again', async () => {
    let runs = 0;
    nursery.add({
      name: 'once',
      run: () => {
        runs += 1;
      },
    });
    nursery.start();
    await settle();
    await nursery.stop();
    nursery.start();
    await settle();
    assert.deepEqual([states(), runs], [['once done'], 1]);
  });

  test('stop aborts the signal and waits; start runs it again', async () => {
    let runs = 0;
    nursery.add({
      name: 'loop',
      run: (signal) => {
        runs += 1;
        return untilAborted(signal);
      },
    });
    nursery.start();
    await settle();
    const stopped = nursery.stop();
    nursery.start(); // cut back before it has ended
    await stopped;
    await settle();
    assert.deepEqual([states(), runs], [['loop running'], 2]);
  });

  test('a crash is reported with its stack and, if asked, tried again later and later', async () => {
    let runs = 0;
    const crash = () => {
      runs += 1;
      throw new Error('boom');
    };
    nursery.add({ name: 'fragile', run: crash });
    nursery.add({ name: 'stubborn', run: crash, restart: 'on-failure' });
    nursery.start();
    await settle();
    assert.deepEqual(states(), ['fragile failed', 'stubborn backoff']);
    assert.match(nursery.report()[0]?.error ?? '', /boom\n\s+at /);
    for (const [ms, expected] of [
      [999, 2],
      [1, 3],
      [1999, 3],
      [1, 4],
      [4000, 5],
    ] as const) {
      clock.advance(ms);
      await settle();
      assert.equal(runs, expected, `after ${ms} more`);
    }
    assert.equal(logged.length, 5);
  });

  test('stop ends the waiting for a restart', async () => {
    nursery.add({ name: 'stubborn', run: () => Promise.reject(new Error('boom')), restart: 'on-failure' });
    nursery.start();
    await settle();
    await nursery.stop();
    assert.deepEqual(states(), ['stubborn cancelled']);
    assert.equal(clock.sleepers(), 0);
  });

  test('one that ignores its signal is stuck, and muted', async () => {
    let mute: AbortSignal | undefined;
    nursery.add({
      name: 'deaf',
      run: () => {
        mute = causes.getStore()?.signal;
        return new Promise(() => {});
      },
    });
    nursery.start();
    await settle();
    const stopped = nursery.stop();
    assert.equal(mute?.aborted, false);
    clock.advance(5_000);
    await stopped;
    assert.equal(mute?.aborted, true);
    assert.deepEqual(states(), ['deaf stuck']);
  });

  test('two live tasks cannot have one name; an ended one gives it free', async () => {
    nursery.add({ name: 'a', run: untilAborted });
    assert.throws(() => nursery.add({ name: 'a', run: untilAborted }), /a task named a is there already/);
    nursery.start();
    nursery.add({ name: 'b', run: () => {} });
    await settle();
    nursery.add({ name: 'b', run: untilAborted });
    assert.deepEqual(states(), ['a running', 'b running']);
  });

  test('one that is stuck keeps its name: nothing is begun beside it, and again when it has ended at last', async () => {
    let runs = 0;
    const over = Promise.withResolvers<void>();
    nursery.add({
      name: 'deaf',
      run: () => {
        runs += 1;
        return over.promise;
      },
    });
    nursery.start();
    const stopped = nursery.stop();
    nursery.start(); // cut back at once
    clock.advance(5_000);
    await stopped;
    assert.deepEqual([states(), nursery.hindered(), runs], [['deaf stuck'], ['deaf'], 1]);
    assert.throws(() => nursery.add({ name: 'deaf', run: untilAborted }), /is there already \(stuck\)/);
    await nursery.stop(); // is not waited for again
    assert.deepEqual(nursery.hindered(), []);
    nursery.start();
    over.resolve();
    await settle();
    assert.deepEqual([states(), nursery.hindered(), runs], [['deaf done'], [], 2]);
  });

  test('a hundred cuts, awaited or not, leave one that runs', async () => {
    let running = 0;
    let most = 0;
    nursery.add({
      name: 'loop',
      run: async (signal) => {
        running += 1;
        most = Math.max(most, running);
        await untilAborted(signal);
        await Promise.resolve(); // its end takes a while
        running -= 1;
      },
    });
    nursery.start();
    for (let n = 0; n < 100; n += 1) {
      const stopped = nursery.stop();
      if (n % 3 === 0) await stopped;
      if (n % 5 === 0) await settle();
      nursery.start();
      if (n % 7 === 0) await settle();
    }
    await settle();
    assert.deepEqual([states(), running, most], [['loop running'], 1, 1]);
  });

  test('begins when what it needs is ready, and not if it was stopped meanwhile', async () => {
    nursery.add({ name: 'a', run: untilAborted });
    const first = Promise.withResolvers<void>();
    nursery.start(first.promise);
    await nursery.stop();
    first.resolve();
    await settle();
    assert.deepEqual(states(), ['a waiting']);
    const second = Promise.withResolvers<void>();
    nursery.start(second.promise);
    await settle();
    assert.deepEqual(states(), ['a waiting']);
    second.resolve();
    await settle();
    assert.deepEqual(states(), ['a running']);
  });

  test('wants a name that can be shown, and has room for a hundred', () => {
    for (const name of ['', ' a', 'a\n', 'x'.repeat(65), '\u2028']) {
      assert.throws(() => nursery.add({ name, run: untilAborted }), /not a name of a task/);
    }
    for (let n = 0; n < 100; n += 1) nursery.add({ name: `météo ${n} <x:y>`, run: untilAborted });
    assert.throws(() => nursery.add({ name: 'more', run: untilAborted }), /there are 100 tasks already/);
  });

  test('keeps the newest of those that ended', async () => {
    nursery.start();
    await settle();
    for (let n = 0; n < 50; n += 1) {
      nursery.add({ name: `t${n}`, run: () => {} });
      await settle();
    }
    const report = nursery.report();
    assert.equal(report.length, 20);
    assert.equal(report.at(-1)?.name, 't49');
  });
});
