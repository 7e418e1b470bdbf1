/** The loop's bell: it waits, any number of calls make one more pass, and none is missed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWake } from '../../../orchestrator/src/reconcile/wake.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

const never = new AbortController().signal;
const soon = () => new Promise<'soon'>((resolve) => setImmediate(resolve, 'soon'));
const first = (waiting: Promise<void>) => Promise.race([waiting.then(() => 'woken'), soon()]);

test('it waits until it is woken, or until the time has come', async () => {
  const clock = steppedClock();
  const wake = createWake(clock);
  const woken = wake.next(1000, never);
  assert.equal(await first(woken), 'soon');
  wake.wake();
  assert.equal(await first(woken), 'woken');
  const timed = wake.next(1000, never);
  clock.advance(999);
  assert.equal(await first(timed), 'soon');
  clock.advance(1);
  assert.equal(await first(timed), 'woken');
});

test('calls while the loop is at work are one pass, and none is missed', async () => {
  const wake = createWake(steppedClock());
  wake.wake();
  wake.wake();
  assert.equal(await first(wake.next(1000, never)), 'woken');
  assert.equal(await first(wake.next(1000, never)), 'soon');
});

test('the signal ends it', async () => {
  const abort = new AbortController();
  const waiting = createWake(steppedClock()).next(1000, abort.signal);
  abort.abort();
  assert.equal(await first(waiting), 'woken');
});
