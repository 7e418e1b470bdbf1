/** The pulse of the bus: a ping that fails ends its own connection, and never the one after it. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { type TestContext, test } from 'node:test';
import { keepPulse } from '../../../orchestrator/src/bus/redis-pulse.ts';

/** A client whose pings the test answers. */
function pulsing(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const pings: PromiseWithResolvers<'PONG'>[] = [];
  const ended: unknown[] = [];
  const redis = Object.assign(new EventEmitter(), {
    status: 'ready',
    stream: { bytesRead: 0 },
    ping() {
      const ping = Promise.withResolvers<'PONG'>();
      pings.push(ping);
      return ping.promise;
    },
    disconnect: (reconnect?: boolean) => void ended.push(reconnect),
  });
  keepPulse(redis, 1_000);
  /** @returns after whoever waits for it has heard */
  const fail = async (n: number) => {
    pings[n]?.reject(new Error('Command timed out'));
    await new Promise(setImmediate);
  };
  return { redis, pings, ended, fail, pass: (ms: number) => t.mock.timers.tick(ms) };
}

test('a ping that fails has the client connect anew, once', async (t) => {
  const { redis, pings, ended, fail, pass } = pulsing(t);
  pass(5_000);
  assert.equal(pings.length, 5);
  await fail(0);
  assert.deepEqual(ended, [true]);
  redis.emit('close');
  for (const n of [1, 2, 3, 4]) await fail(n);
  assert.deepEqual(ended, [true], 'those of the connection before end no other');
  pass(1_000);
  await fail(5);
  assert.deepEqual(ended, [true, true]);
});

test('nothing is asked while it connects, or once it has ended', (t) => {
  const { redis, pings, pass } = pulsing(t);
  redis.status = 'reconnecting';
  pass(3_000);
  redis.status = 'ready';
  redis.emit('end');
  pass(3_000);
  assert.equal(pings.length, 0);
});

test('on which something came it is not asked, and asked again when nothing does', async (t) => {
  const { redis, pings, ended, fail, pass } = pulsing(t);
  for (let n = 1; n < 5; n += 1) {
    redis.stream.bytesRead += 100;
    pass(1_000);
  }
  assert.equal(pings.length, 0);
  pass(1_000);
  assert.equal(pings.length, 1);
  redis.stream.bytesRead += 7;
  pings[0]?.resolve('PONG');
  await new Promise(setImmediate);
  pass(1_000);
  assert.equal(pings.length, 2, 'the answer to a ping is nothing that came');
  await fail(1);
  assert.deepEqual(ended, [true]);
});
