/** Settling, with the time as an argument. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fingerprintIsProof, readyAt, type Settling, settle } from '../../../orchestrator/src/bundle/debounce.ts';

/** Plays a list of save times against a loop that looks at every save and when a gap ends. @returns when it accepted. */
function play(
  saves: readonly number[],
  { wasValid, isHalfway = false }: { wasValid: boolean; isHalfway?: boolean },
): number[] {
  let state: Settling | null = null;
  const accepted: number[] = [];
  for (let now = 0; now <= 60_000; now += 5) {
    const fingerprint = String(saves.filter((at) => at <= now).length);
    if (state === null && !saves.includes(now)) continue;
    state = settle(state, { fingerprint, now });
    if (!state.open || now < readyAt(state, { wasValid, isHalfway })) continue;
    accepted.push(now);
    state = { ...state, open: false };
  }
  return accepted;
}

const every = (ms: number, count: number) => Array.from({ length: count }, (_, i) => i * ms);

test('one save of a known bundle is accepted 40 ms later', () => {
  assert.deepEqual(play([0], { wasValid: true }), [40]);
});

test('saves that are far apart are each accepted 40 ms later', () => {
  assert.deepEqual(play([0, 700, 1_400], { wasValid: true }), [40, 740, 1_440]);
});

test('20 quick saves settle once', () => {
  assert.deepEqual(play(every(30, 20), { wasValid: true }), [19 * 30 + 2_000]);
});

test('20 saves in 2 s settle a few times at most, the last after the last save', () => {
  const accepted = play(every(100, 20), { wasValid: true });
  assert.ok(accepted.length <= 3, `accepted at ${accepted}`);
  assert.ok((accepted.at(-1) ?? 0) > 1_900);
});

test('a new bundle waits a second unchanged, so one copied over 20 s settles once', () => {
  assert.deepEqual(play([0], { wasValid: false }), [1_000]);
  assert.deepEqual(play(every(500, 40), { wasValid: false }), [39 * 500 + 2_000]);
});

test('the gap never exceeds 2 s', () => {
  let state: Settling | null = null;
  for (let i = 0; i < 50; i++) state = settle(state, { fingerprint: String(i), now: i });
  assert.equal(state?.gap, 2_000);
});

test('a fresh timestamp proves nothing, and one of whole seconds for longer', () => {
  assert.equal(fingerprintIsProof({ newestMs: 10_001, wallNow: 10_005, seenForMs: 0 }), false);
  assert.equal(fingerprintIsProof({ newestMs: 10_001, wallNow: 10_020, seenForMs: 0 }), true);
  assert.equal(fingerprintIsProof({ newestMs: 10_000, wallNow: 10_500, seenForMs: 0 }), false);
  assert.equal(fingerprintIsProof({ newestMs: 10_000, wallNow: 12_500, seenForMs: 0 }), true);
  assert.equal(fingerprintIsProof({ newestMs: 90_000, wallNow: 10_000, seenForMs: 3_500 }), true);
});

test('what looks half-way waits 2 s, known or new', () => {
  assert.deepEqual(play([0], { wasValid: true, isHalfway: true }), [2_000]);
  assert.deepEqual(play([0], { wasValid: false, isHalfway: true }), [2_000]);
});
