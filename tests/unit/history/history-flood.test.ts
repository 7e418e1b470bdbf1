/** What a flood does to history: it is left out and counted, of the flooder alone, and the ear closes before it deafens. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { Log } from '../../../orchestrator/src/domain/ports/log.ts';
import { type Ear, followAgentMessages } from '../../../orchestrator/src/history/agent-messages.ts';
import { createRateLimit } from '../../../orchestrator/src/history/rate-limit.ts';
import { type SteppedClock, steppedClock } from '../../support/fakes/stepped-clock.ts';

let clock: SteppedClock;
let lines: { level: string; details: Record<string, unknown> }[];
let log: Log;
beforeEach(() => {
  clock = steppedClock();
  lines = [];
  const keep =
    (level: string) =>
    (_text: string, details: Record<string, unknown> = {}) =>
      void lines.push({ level, details });
  log = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
});
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the quota of history', () => {
  const limits = { messages: 3, bytes: 100, windowMs: 10_000 };

  test('is each speaker’s own, and new in each window', () => {
    const quota = createRateLimit({ clock, log, limits });
    const admitted = (speaker: string, count: number) =>
      Array.from({ length: count }, () => quota.admits(speaker, 1)).filter(Boolean).length;
    assert.equal(admitted('flooder', 1000), 3);
    assert.equal(admitted('echo', 3), 3);
    clock.advance(10_000);
    assert.equal(admitted('flooder', 1000), 3);
  });

  test('is one of bytes, too', () => {
    const quota = createRateLimit({ clock, log, limits });
    assert.deepEqual(
      [quota.admits('echo', 90), quota.admits('echo', 90), quota.admits('echo', 1)],
      [true, false, false],
    );
  });

  test('says once that it leaves something out, and how much it was when that is over', () => {
    const quota = createRateLimit({ clock, log, limits });
    for (let window = 0; window < 3; window += 1) {
      for (let n = 0; n < 10; n += 1) quota.admits('flooder', 1);
      clock.advance(10_000);
    }
    quota.admits('flooder', 1);
    clock.advance(10_000);
    quota.admits('echo', 1);
    assert.deepEqual(
      lines.map(({ level, details }) => [level, details.agent, details.left_out]),
      [
        ['warn', 'flooder', undefined],
        ['info', 'flooder', 21],
      ],
    );
  });
});

describe('the ear for what agents say to each other', () => {
  function rig() {
    const ears: { hear: (channel: string, text: string) => void; closed: boolean; signal: AbortSignal | null }[] = [];
    const heard: string[] = [];
    const open = (): Ear => {
      const one: (typeof ears)[number] = { hear: () => {}, closed: false, signal: null };
      ears.push(one);
      return {
        onMessage: (listener) => {
          one.hear = listener;
        },
        start: async (signal) => {
          one.signal = signal;
        },
        close: () => {
          one.closed = true;
        },
      };
    };
    const stop = new AbortController();
    const onMessage = (channel: string) => void heard.push(channel);
    const running = followAgentMessages({ open, onMessage, clock, log }, stop.signal);
    const flood = () => {
      for (let n = 0; n <= 50_000; n += 1) ears.at(-1)?.hear('agent:a:b', '{}');
    };
    return { ears, heard, stop, running, flood };
  }

  test('hears until it is told to stop, and costs no timer', async () => {
    const { ears, heard, stop, running } = rig();
    ears[0]?.hear('agent:a:b', '{}');
    assert.deepEqual(heard, ['agent:a:b']);
    assert.equal(clock.sleepers(), 0);
    stop.abort();
    await running;
    assert.equal(ears[0]?.closed, true);
  });

  test('closes in a flood, and listens again half a minute later', async () => {
    const { ears, heard, stop, running, flood } = rig();
    flood();
    ears[0]?.hear('agent:a:b', '{}');
    assert.equal(heard.length, 50_000);
    await settled();
    assert.deepEqual([ears.length, ears[0]?.closed, ears[0]?.signal?.aborted], [1, true, true]);
    assert.deepEqual(
      lines.map(({ level }) => level),
      ['warn'],
    );
    clock.advance(30_000);
    await settled();
    assert.equal(ears.length, 2);
    ears[1]?.hear('agent:c:d', '{}');
    assert.equal(heard.at(-1), 'agent:c:d');
    stop.abort();
    await running;
  });

  test('as much over a longer time is no flood', async () => {
    const { ears, heard, stop, running, flood } = rig();
    clock.advance(10_000);
    flood();
    await settled();
    assert.equal(ears.length, 1);
    assert.equal(heard.length, 50_001);
    stop.abort();
    await running;
  });
});
