/** The asking side of rule 14 in TypeScript: asked again with the same id, answered once, streams in order. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { ServiceCall } from '../../../agent-base-image/typescript/src/agent-host.ts';
import { causes } from '../../../agent-base-image/typescript/src/runtime/cause.ts';
import { createServiceLine, type ServiceLine } from '../../../agent-base-image/typescript/src/runtime/service-line.ts';
import { SendError } from '../../../agent-base-image/typescript/src/send-error.ts';
import { handling } from '../../support/builders/a-cause.ts';
import { type SteppedClock, steppedClock } from '../../support/fakes/stepped-clock.ts';

interface Sent {
  channel: string;
  type: string;
  id: string;
  have: unknown;
}

let sent: Sent[];
let clock: SteppedClock;
let line: ServiceLine;
let publishError: SendError | null;
/** To how many Redis gives what is published, as it says. */
let receivers: number;
let acknowledged: Promise<void>;

beforeEach(() => {
  sent = [];
  publishError = null;
  receivers = 1;
  acknowledged = Promise.resolve();
  clock = steppedClock();
  line = createServiceLine({
    agent: 'ada',
    inst: 3,
    clock,
    publish: async (channel, text) => {
      if (publishError) throw publishError;
      sent.push({ channel, ...JSON.parse(text) });
      await acknowledged;
      return receivers;
    },
  });
});

const settled = () => new Promise((resolve) => setImmediate(resolve));
const call = (more: Partial<ServiceCall> = {}): ServiceCall => ({ service: 'memory', op: 'recall', args: {}, ...more });
const hear = (answer: object) => line.take('memory', JSON.stringify({ id: sent[0]?.id, run: 'r1', seq: 0, ...answer }));
const reply = (result: unknown, more: object = {}) => hear({ type: 'reply', ok: true, result, ...more });
const fails = (promise: Promise<unknown>, code: string) => assert.rejects(promise, { name: 'ServiceError', code });
const pass = async (ms: number) => {
  clock.advance(ms);
  await settled();
};

/** Milliseconds until it has ended, in half seconds. */
async function untilEnded(asked: Promise<unknown>): Promise<number> {
  const state = { ended: false };
  const end = () => {
    state.ended = true;
  };
  asked.then(end, end);
  await settled();
  const began = clock.now();
  while (!state.ended) await pass(500);
  return clock.now() - began;
}

describe('a request', () => {
  test('goes to its service on the instance’s own channel, also in setup()', async () => {
    const asked = line.request(call());
    await settled();
    assert.equal(sent[0]?.channel, 'svc:memory:ada:3');
    reply([1, 2]);
    assert.deepEqual(await asked, [1, 2]);
  });

  test('is sent again with the same id, less and less often, until it is answered', async () => {
    const asked = line.request(call());
    await settled();
    const at: number[] = [];
    for (let second = 0; second < 60; second += 1) {
      const before = sent.length;
      for (let n = 0; n < 2; n += 1) await pass(500);
      if (sent.length > before) at.push(second);
      if (second === 40) reply('late');
    }
    assert.equal(await asked, 'late');
    assert.equal(new Set(sent.map(({ id }) => id)).size, 1);
    assert.deepEqual(at, [0, 1, 3, 7, 15, 25, 35]);
  });

  test('is hardly sent again once the service has said that it works on it', async () => {
    const asked = line.request(call());
    await settled();
    hear({ type: 'working' });
    await pass(500);
    for (let n = 0; n < 18; n += 1) await pass(500);
    assert.equal(sent.length, 2);
    reply(null);
    assert.equal(await asked, null);
  });

  test('without an answer says whether anybody is there', async () => {
    const nobody = fails(line.request(call({ timeout: 5 })), 'timeout');
    await settled();
    for (let n = 0; n < 10; n += 1) await pass(500);
    await nobody;
    sent = [];
    const slow = assert.rejects(line.request(call({ timeout: 5 })), /still working on it/);
    await settled();
    hear({ type: 'working' });
    for (let n = 0; n < 10; n += 1) await pass(500);
    await slow;
  });

  test('that nobody heard in 30 s fails with what to look at, long before its time', async () => {
    receivers = 0;
    const asked = line.request(call({ service: 'llm', op: 'chat', timeout: 300 }));
    const at = await untilEnded(asked);
    const registry = line.request(call({ service: 'registry' }));
    assert.equal(at, 30_000);
    await assert.rejects(asked, { name: 'ServiceError', code: 'unavailable' });
    await assert.rejects(
      asked,
      /`services` is not running: for 30 s nobody heard llm\.chat; `docker compose up -d services`/,
    );
    await untilEnded(registry);
    await assert.rejects(registry, /`docker compose logs orchestrator` says why/);
  });

  test('that one may have heard waits its whole time: it may have been executed', async () => {
    receivers = 0;
    const heardOnce = line.request(call({ timeout: 100 }));
    await pass(500);
    receivers = 1;
    await pass(1000);
    receivers = 0;
    assert.equal(await untilEnded(heardOnce), 100_000 - 1500);
    await fails(heardOnce, 'timeout');
    publishError = new SendError('unknown_outcome', 'the connection was lost');
    const unknown = line.request(call({ timeout: 100 }));
    await settled();
    publishError = null;
    assert.equal(await untilEnded(unknown), 100_000);
    await fails(unknown, 'timeout');
  });

  test('is answered when the services come up in time, and is sent as the 30 s end', async () => {
    receivers = 0;
    const asked = line.request(call());
    await settled();
    for (let second = 0; second < 59; second += 1) await pass(500);
    const before = sent.length;
    receivers = 1;
    await pass(500);
    assert.equal(sent.length, before + 1);
    reply('here');
    assert.equal(await asked, 'here');
  });

  test('leaves no timer behind, also where it is answered before Redis has acknowledged it', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    acknowledged = promise;
    const asked = line.request(call());
    await settled();
    reply('first');
    assert.equal(await asked, 'first');
    resolve();
    await settled();
    assert.equal(clock.sleepers(), 0);
  });

  test('fails as the service says', async () => {
    const asked = fails(line.request(call()), 'bad_request');
    await settled();
    hear({ type: 'reply', ok: false, error: { code: 'bad_request', message: 'no' } });
    await asked;
  });

  test('waits where too much was asked at once, and is tried again', async () => {
    const asked = line.request(call());
    await settled();
    hear({ type: 'reply', ok: false, error: { code: 'busy', message: 'too much at once' } });
    await pass(500);
    reply('then');
    assert.equal(await asked, 'then');
    sent = [];
    const never = fails(line.request(call({ timeout: 1 })), 'busy');
    await settled();
    hear({ type: 'reply', ok: false, error: { code: 'busy', message: 'too much at once' } });
    await pass(1000);
    await never;
  });

  test('that may never be sent fails at once; one that was lost is sent again', async () => {
    publishError = new SendError('refused', 'NOPERM');
    await fails(line.request(call()), 'refused');
    publishError = new SendError('unknown_outcome', 'the connection was lost');
    const asked = line.request(call());
    await settled();
    publishError = null;
    await pass(500);
    reply('after all');
    assert.equal(await asked, 'after all');
  });

  test('ends with its handler, and gives up at the service only when its own signal says so', async () => {
    const handler = new AbortController();
    const cancelled = causes.run(handling({ signal: handler.signal }), () => line.request(call()));
    const rejected = fails(cancelled, 'cancelled');
    await settled();
    handler.abort();
    await rejected;
    assert.deepEqual(
      sent.map(({ type }) => type),
      ['request'],
    );
    const own = new AbortController();
    const given = fails(line.request(call({ signal: own.signal })), 'cancelled');
    await settled();
    own.abort();
    await given;
    assert.deepEqual(
      sent.map(({ type }) => type),
      ['request', 'request', 'cancel'],
    );
    await fails(
      causes.run(handling({ id: 'm2', signal: handler.signal }), () => line.request(call())),
      'cancelled',
    );
  });

  test('that nobody awaits is part of its message all the same', async () => {
    const cause = handling();
    causes.run(cause, () => void line.request(call()));
    await settled();
    assert.equal(cause.pending.size, 1);
    reply(1);
    await settled();
    assert.equal(cause.pending.size, 0);
  });

  test('with what is no JSON is refused before it is sent', async () => {
    const args = { content: Number.NaN };
    await fails(line.request(call({ args })), 'bad_request');
    await fails(
      causes.run(handling(), () => line.request(call({ args }))),
      'bad_request',
    );
    assert.deepEqual(sent, []);
  });
});

describe('a streamed answer', () => {
  const stream = async () => {
    const got: unknown[] = [];
    const asked = line.request(call({ onChunk: (data) => got.push(data), onRestart: () => got.push('restart') }));
    await settled();
    return { got, asked };
  };
  const chunk = (data: unknown, seq: number, run = 'r1') => hear({ type: 'chunk', data, seq, run });

  test('comes in order, each piece once', async () => {
    const { got, asked } = await stream();
    for (const [data, seq] of [
      ['a', 0],
      ['b', 1],
      ['a', 0],
      ['c', 2],
    ] as const)
      chunk(data, seq);
    reply('abc', { seq: 3 });
    assert.equal(await asked, 'abc');
    assert.deepEqual(got, ['a', 'b', 'c']);
  });

  test('with a gap asks at once for what is missing', async () => {
    const { got, asked } = await stream();
    chunk('a', 0);
    chunk('c', 2);
    await settled();
    assert.deepEqual(sent.at(-1)?.have, { run: 'r1', seq: 1 });
    reply('abc', { seq: 3 });
    chunk('b', 1);
    chunk('c', 2);
    reply('abc', { seq: 3 });
    assert.equal(await asked, 'abc');
    assert.deepEqual(got, ['a', 'b', 'c']);
  });

  test('begins anew when the service was killed in the middle', async () => {
    const { got, asked } = await stream();
    chunk('a', 0);
    chunk('A', 0, 'r2');
    chunk('B', 1, 'r2');
    reply('AB', { seq: 2, run: 'r2' });
    assert.equal(await asked, 'AB');
    assert.deepEqual(got, ['a', 'restart', 'A', 'B']);
  });
});
