/** The accounting behind every lossless test: it must see each kind of fault, or those tests prove nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  closeLedger,
  type Effect,
  hear,
  missing,
  NO_FIGURES,
  openLedger,
  outstanding,
  owe,
} from '../../support/load/ledger.ts';

const STREAM = 'peer-0-0>echo';
const NOTHING: ReadonlySet<string> = new Set();

function ledgerOf({ owed, heard }: { owed: number; heard: (number | Partial<Effect>)[] }) {
  const ledger = openLedger();
  for (let n = 0; n < owed; n += 1) owe(ledger, 'echo', STREAM);
  for (const one of heard) {
    const effect = typeof one === 'number' ? { seq: one } : one;
    hear(ledger, { agent: 'echo', stream: STREAM, seq: 0, redelivered: false, behind: false, ...effect });
  }
  return ledger;
}

const figures = (input: Parameters<typeof ledgerOf>[0], abandoned = NOTHING) => closeLedger(ledgerOf(input), abandoned);

test('every message answered once and in order is no fault', () => {
  assert.deepEqual(figures({ owed: 3, heard: [1, 2, 3] }), { ...NO_FIGURES, owed: 3 });
});

test('what is never answered is lost, and is named', () => {
  assert.equal(figures({ owed: 3, heard: [1, 3] }).lost, 1);
  assert.deepEqual(missing(ledgerOf({ owed: 3, heard: [1, 3] }), 10), [`echo/${STREAM}#2`]);
  assert.equal(outstanding(ledgerOf({ owed: 3, heard: [1, 3] })), 1);
});

test('what an instance reported as poison is abandoned and not lost', () => {
  const { lost, abandoned } = figures({ owed: 2, heard: [1] }, new Set([`echo/${STREAM}#2`]));
  assert.deepEqual({ lost, abandoned }, { lost: 0, abandoned: 1 });
});

test('a second answer is doubled unless it is flagged', () => {
  const result = figures({ owed: 2, heard: [1, 1, 2, { seq: 2, redelivered: true }] });
  assert.deepEqual(result, { ...NO_FIGURES, owed: 2, duplicated: 1, repeated: 1, redelivered: 1 });
});

test('a first answer behind a later one is out of order, a repetition is not', () => {
  assert.equal(figures({ owed: 3, heard: [1, 3, 2] }).reordered, 1);
  assert.equal(figures({ owed: 3, heard: [1, 2, 3, { seq: 1, redelivered: true }] }).reordered, 0);
});

test('an answer to what was never asked is told apart, and so is disorder inside an agent', () => {
  const result = figures({
    owed: 1,
    heard: [1, 2, { seq: 1, agent: 'other' }, { seq: 1, behind: true, redelivered: true }],
  });
  assert.deepEqual(result, { ...NO_FIGURES, owed: 1, unknown: 2, behind: 1, repeated: 1, redelivered: 1 });
});

test('a broadcast is owed by each agent', () => {
  const ledger = openLedger();
  for (const agent of ['a', 'b']) owe(ledger, agent, 'peer-0-0>all');
  hear(ledger, { agent: 'b', stream: 'peer-0-0>all', seq: 1, redelivered: false, behind: false });
  assert.deepEqual(missing(ledger, 10), ['a/peer-0-0>all#1']);
});

test('where no order is promised, none is missed', () => {
  const late = { seq: 1, anyOrder: true };
  assert.equal(figures({ owed: 2, heard: [2, late] }).reordered, 0);
  assert.equal(figures({ owed: 2, heard: [2, 1] }).reordered, 1);
});
