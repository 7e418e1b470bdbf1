/** A record that no agent makes long: the longest parts go first, and the rest is as it was. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordSchema } from '../../../orchestrator/src/api/record-schema.ts';
import type { AgentFact } from '../../../orchestrator/src/domain/event.ts';
import { withinBytes } from '../../../orchestrator/src/domain/text/within-bytes.ts';
import { type Folded, foldRecord } from '../../../orchestrator/src/registry/fold-record.ts';
import { foldUpdates } from '../../../orchestrator/src/registry/fold-updates.ts';
import {
  active,
  after,
  desired,
  eventOf,
  heartbeat,
  NOON,
  PROBLEM,
  updateOf,
} from '../../support/builders/registry-events.ts';

test('what is small enough is itself', () => {
  const value = { a: 'x', b: [1, 2] };
  assert.equal(withinBytes(value, 100).value, value);
});

const LONG: [string, object][] = [
  ['a text', { long: 'x'.repeat(100_000) }],
  ['a list', { long: Array.from({ length: 10_000 }, String) }],
  ['a list of one text', { long: ['x'.repeat(100_000)] }],
  ['a text below objects', { long: { error: { log: ['x'.repeat(50_000), 'y'.repeat(50_000)] } } }],
];
for (const [name, long] of LONG)
  test(`${name} is cut, its neighbours are not`, () => {
    const { value, cut } = withinBytes({ id: 'wolf', count: 7, ...long }, 1_000);
    assert.deepEqual(cut, ['long']);
    assert.ok(JSON.stringify(value).length <= 1_000);
    assert.deepEqual([value.id, value.count], ['wolf', 7]);
  });

test('what cannot be cut ends', () => {
  const value = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`key${n}`, n]));
  assert.deepEqual(withinBytes(value, 10).cut, []);
});

const text = 'x'.repeat(400_000);
const FACTS: [string, AgentFact][] = [
  [
    'skills',
    heartbeat(1, {
      skills: Array.from({ length: 3_000 }, (_, n) => ({ name: `s${n}`, description: 'd'.repeat(200) })),
    }),
  ],
  ['tasks', heartbeat(1, { tasks: [{ name: text, state: 'failed', since: NOON, error: text }] })],
  ['commands', heartbeat(1, { commands: [text] })],
  ['warnings', { type: 'warning', key: 'k', message: text }],
  [
    'problems',
    { type: 'invalid', problems: Array.from({ length: 500 }, () => ({ ...PROBLEM, message: 'm'.repeat(1_000) })) },
  ],
  [
    'last_update',
    { type: 'update', update: updateOf({ error: { code: 'rejected', message: text, log: [text, text] } }) },
  ],
  ['last_restart', { type: 'crashed', inst: 1, because: text, log: [text], lost: null }],
];
for (const [name, fact] of FACTS)
  test(`a record has 64 KiB at most, whatever fills its ${name}`, () => {
    const events = [desired('h1'), active('h1', 1), fact, { type: 'stale' } as const].map((one, n) =>
      eventOf(one, { at: after(n) }),
    );
    const folded = events.reduce<Folded | null>(foldRecord, null);
    assert.ok(folded);
    assert.ok(Buffer.byteLength(JSON.stringify(folded.record)) <= 64 * 1024 + 500);
    recordSchema.parse(folded.record);
    assert.equal(folded.record.id, 'echo');
  });

test('an update has 16 KiB at most, so that the last ones of a record stay', () => {
  const long = updateOf({ error: { code: 'rejected', message: 'x'.repeat(30_000), log: ['y'.repeat(30_000)] } });
  const updates = foldUpdates([], long);
  assert.ok(Buffer.byteLength(JSON.stringify(updates)) <= 16 * 1024);
  assert.equal(updates[0]?.result, long.result);
});

test('skills of a heartbeat replace those of the one before, beside those of the manifest', () => {
  const manifest = [{ name: 'greet', description: 'Says hello' }];
  let folded: Folded | null = null;
  for (const fact of [desired('h1'), active('h1', 1, { skills: manifest })]) folded = foldRecord(folded, eventOf(fact));
  for (let n = 0; n < 1_000; n += 1)
    folded = foldRecord(
      folded,
      eventOf(heartbeat(1, { skills: [{ name: `new-${n}`, description: '' }], commands: [`c${n}`] })),
    );
  assert.deepEqual(
    folded?.record.skills.map(({ name }) => name),
    ['greet', 'new-999'],
  );
  assert.deepEqual(folded?.record.commands, ['c999']);
});
