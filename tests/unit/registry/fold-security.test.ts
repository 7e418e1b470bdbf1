/** What a record says of an agent that tried what it may not: bounded, coalesced, and for an hour only. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentFact } from '../../../orchestrator/src/domain/event.ts';
import { SECURITY_KEPT, SECURITY_KINDS, type SecurityKind } from '../../../orchestrator/src/domain/security.ts';
import { type Folded, foldRecord } from '../../../orchestrator/src/registry/fold-record.ts';
import { RECENT_MS } from '../../../orchestrator/src/registry/fold-security.ts';
import { active, after, desired, eventOf, heartbeat } from '../../support/builders/registry-events.ts';

const RATING = { value: 8, reasons: ['reaches nothing but the bus, and keeps nothing'] };
const tried = (kind: SecurityKind, message = 'm', count = 1): AgentFact => ({ type: 'security', kind, message, count });

function fold(...facts: readonly [number, AgentFact][]) {
  const start: [number, AgentFact][] = [
    [0, desired('h1', { rating: RATING })],
    [0, active('h1', 1)],
  ];
  const events = [...start, ...facts].map(([ms, fact]) => eventOf(fact, { at: after(ms) }));
  const folded = events.reduce<Folded | null>(foldRecord, null);
  assert.ok(folded);
  return folded.record;
}

test('the newest are kept, and a message has a bound', () => {
  const many = Array.from({ length: 50 }, (_, n): [number, AgentFact] => [n * 60_000, tried('flood', `number ${n}`)]);
  const { security } = fold(...many, [50 * 60_000, tried('hog', 'x'.repeat(100_000))]);
  assert.equal(security.length, SECURITY_KEPT);
  assert.equal(security.at(-2)?.message, 'number 49');
  assert.ok((security.at(-1)?.message.length ?? 0) <= 500);
});

test('one kind within a minute is one entry with a count; another kind is another', () => {
  const { security } = fold([0, tried('flood', 'a')], [1_000, tried('refused')], [2_000, tried('flood', 'b', 7)]);
  assert.deepEqual(
    security.map(({ kind, message, count }) => [kind, message, count]),
    [
      ['refused', 'm', 1],
      ['flood', 'b', 8],
    ],
  );
});

for (const kind of SECURITY_KINDS)
  test(`${kind} warns and costs for an hour, once, and then no more`, () => {
    const recent = fold([0, tried(kind, 'what it did')], [30_000, heartbeat(1)], [60_000, heartbeat(1)]);
    assert.deepEqual(recent.warnings, [`security: ${kind}: what it did`]);
    assert.equal(recent.rating?.value, 5);
    assert.match(recent.rating?.reasons.at(-1) ?? '', new RegExp(`^-3: .*${kind}`));
    const later = fold([0, tried(kind)], [RECENT_MS, heartbeat(1)]);
    assert.deepEqual([later.rating, later.warnings], [RATING, []]);
    assert.equal(later.security.length, 1, 'what happened stays told');
  });

test('a new version does not wash it away', () => {
  const record = fold([0, tried('forged')], [1_000, desired('h2', { rating: { value: 2, reasons: ['-6: all'] } })]);
  assert.equal(record.rating?.value, 1);
  assert.equal(record.warnings.length, 1);
});
