/** When a failure is tried again: 10 s × 2^n five times, then every five minutes; a first crash at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterCrash, afterFailure, NO_RETRY, type Retry } from '../../../orchestrator/src/reconcile/retry.ts';

const times = { now: 0, baseMs: 10_000 };

test('waits double five times, then stay at five minutes', () => {
  let retry: Retry = NO_RETRY;
  const waits = Array.from({ length: 7 }, () => {
    retry = afterFailure(retry, times);
    return (retry.notBefore ?? 0) / 1000;
  });
  assert.deepEqual(waits, [10, 20, 40, 80, 160, 300, 300]);
});

test('an agent that was well for a minute is started again at once, one that was not waits', () => {
  assert.deepEqual(afterCrash({ tries: 3, notBefore: 5, because: null }, { ...times, ranMs: 60_000 }), {
    tries: 0,
    notBefore: 0,
    because: null,
  });
  assert.deepEqual(afterCrash(NO_RETRY, { ...times, ranMs: 59_999 }), { tries: 1, notBefore: 10_000, because: null });
});
