/** What stands before a service: a flood costs it nothing, its speaker is told now and then, and others are served. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { createGauge } from '../../../orchestrator/src/bus/limits/metered-bus.ts';
import { ASKING } from '../../../orchestrator/src/bus/limits/sender-gauge.ts';
import { limitCallers } from '../../../orchestrator/src/rpc/limit-callers.ts';
import { type SteppedClock, steppedClock } from '../../support/fakes/stepped-clock.ts';

let clock: SteppedClock;
let taken: string[];
let refused: string[];
let told: string[];
let hear: (channel: string, text: string) => void;

beforeEach(() => {
  clock = steppedClock();
  [taken, refused, told] = [[], [], []];
  const gauge = createGauge({
    clock,
    budgets: ASKING,
    onThrottled: ({ agent, inst }, what) => void told.push(`throttled ${agent}.${inst}: ${what}`),
    onFlood: ({ agent, inst }) => void told.push(`flood ${agent}.${inst}`),
    onForged() {},
  });
  const server = {
    take: (channel: string) => void taken.push(channel),
    refuse: (channel: string, _text: string, why: string) => void refused.push(`${channel} ${why}`),
  };
  hear = limitCallers({ server, admits: gauge.admits, why: 'later', clock });
});

const flood = (count: number, bytes: number) => {
  for (let n = 0; n < count; n += 1) hear('svc:memory:wolf:3', 'x'.repeat(bytes));
};

test('small requests: what is too many is not taken, and said once in a tenth of a second', () => {
  flood(2_500, 10);
  assert.equal(taken.length, 2_000);
  assert.deepEqual(refused, ['svc:memory:wolf:3 later']);
  assert.deepEqual(told, ['throttled wolf.3: it said more on `svc:` than 1000 messages or 2048 KiB a second']);
  hear('svc:memory:sheep:1', '{}');
  assert.equal(taken.at(-1), 'svc:memory:sheep:1');
  clock.advance(100);
  flood(2_100, 10);
  assert.equal(refused.length, 2);
  assert.deepEqual(told.slice(1), ['flood wolf.3']);
});

test('large ones: they are not even read for an answer', () => {
  flood(20, 900_000);
  assert.equal(taken.length, 4);
  assert.deepEqual([refused, told.at(-1)], [[], 'flood wolf.3']);
});

test('the services themselves and the orchestrator are always heard', () => {
  for (let n = 0; n < 3_000; n += 1) hear('svc:history:orchestrator:1', 'x'.repeat(10));
  assert.equal(taken.length, 3_000);
});
