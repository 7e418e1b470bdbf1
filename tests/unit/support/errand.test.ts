/** What an errand owes: the load of the mixed crew proves nothing where an agent that it comes to is left out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Errand, errandOf, isAnyOrder } from '../../support/load/errand.ts';

const CREW = ['ada', 'bob', 'cyd'];

/** @param turns what the dice say, each a share of the list that is picked from */
function errand(...turns: number[]): Errand {
  return errandOf({ target: 'ada', agents: CREW }, () => turns.shift() ?? 0);
}

test('who is asked owes a word, and so does whom that one asks, the first one again too', () => {
  assert.deepEqual(errand(0, 0, 0.1), {
    payload: { errand: { kind: 'ask', route: ['bob'] } },
    path: '~abob',
    owed: [{ agent: 'bob', suffix: '/' }],
  });
  const nested = errand(0, 0, 0.9, 0);
  assert.deepEqual(nested.payload.errand.route, ['bob', 'ada']);
  assert.deepEqual(nested.owed, [
    { agent: 'bob', suffix: '/' },
    { agent: 'ada', suffix: '//' },
  ]);
});

test('a command that is forgotten comes back as a word of its own, which may come in any order', () => {
  const { owed } = errand(0.4, 0.9);
  assert.deepEqual(owed, [
    { agent: 'cyd', suffix: '/' },
    { agent: 'ada', suffix: '/back' },
  ]);
  assert.deepEqual(
    owed.map(({ suffix }) => isAnyOrder(suffix)),
    [false, true],
  );
});

test('a broadcast is owed by everyone else', () => {
  assert.deepEqual(errand(0.9).owed, [
    { agent: 'bob', suffix: '/' },
    { agent: 'cyd', suffix: '/' },
  ]);
});
