/** What an instance may say of itself: an honest word passes as it is, a little too much is cut, the absurd is dropped. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statusMessage } from '../../../orchestrator/src/domain/messages/control.ts';
import { boundHeartbeat } from '../../../orchestrator/src/rollout/instances/heartbeat-bounds.ts';
import type { StatusOf } from '../../../orchestrator/src/rollout/instances/status-inbox.ts';

type Heartbeat = StatusOf<'heartbeat'>;

const HONEST: Heartbeat = {
  type: 'heartbeat',
  inst: 1,
  term: 1,
  state: 'ACTIVE',
  hash: 'h',
  tasks: [{ name: 'tick', state: 'running', since: '2026-01-01T12:00:00.000Z' }],
  hindered: ['tock'],
  commands: ['greet'],
  skills: [{ name: 'greet', description: 'Says hello' }],
  memory_bytes: 50_000_000,
  cpu_ms: 1,
  lag_ms: 0.5,
  held: 0,
  dropped: { ttl: 2 },
};
const many = <T>(count: number, make: (n: number) => T) => Array.from({ length: count }, (_, n) => make(n));
const task = (name: string, error?: string) => ({
  name,
  state: 'failed' as const,
  since: 'now',
  ...(error === undefined ? {} : { error }),
});

test('an honest heartbeat passes as it is', () => {
  assert.deepEqual(boundHeartbeat(HONEST), { beat: HONEST, cut: [] });
  assert.ok(statusMessage.safeParse(HONEST).success);
});

const TOO_MUCH: [string, Partial<Heartbeat>][] = [
  ['tasks', { tasks: many(200, (n) => task(`t${n}`)) }],
  ['tasks', { tasks: [task('x'.repeat(500))] }],
  ['tasks', { tasks: [task('t', 'e'.repeat(5_000))] }],
  ['hindered', { hindered: many(300, String) }],
  ['commands', { commands: many(1_000, String) }],
  ['commands', { commands: ['c'.repeat(900)] }],
  ['skills', { skills: many(1_000, (n) => ({ name: `s${n}`, description: '' })) }],
  ['skills', { skills: [{ name: 's', description: 'd'.repeat(9_000) }] }],
  ['dropped', { dropped: Object.fromEntries(many(500, (n) => [`d${n}`, 1])) }],
];

for (const [field, more] of TOO_MUCH)
  test(`too much in ${field} is cut, and the heartbeat counts`, () => {
    const said = { ...HONEST, ...more };
    assert.ok(statusMessage.safeParse(said).success);
    const { beat, cut } = boundHeartbeat(said);
    assert.deepEqual(cut, [field]);
    assert.ok(JSON.stringify(beat).length < 32 * 1024, `${JSON.stringify(beat).length}`);
    assert.ok(statusMessage.safeParse(beat).success);
  });

test('an error that is too long keeps its first line and its last', () => {
  const python = `Traceback (most recent call last):\n${'  File "x.py", line 1, in y\n'.repeat(20)}ValueError: it broke`;
  const node = `Error: it broke\n${'    at y (x.ts:1:1)\n'.repeat(20)}`;
  for (const said of [python, node]) {
    const { beat } = boundHeartbeat({ ...HONEST, tasks: [task('t', said)] });
    const error = String(beat.tasks[0]?.error);
    assert.match(error, /it broke/);
    assert.equal(error.length, 300);
  }
});

const ABSURD: [string, object][] = [
  ['100,000 tasks', { tasks: many(100_000, (n) => task(`t${n}`)) }],
  ['a task of 100 KB', { tasks: [task('x'.repeat(100_000))] }],
  ['100,000 skills', { skills: many(100_000, (n) => ({ name: `s${n}`, description: '' })) }],
  ['a skill of 700 KB', { skills: [{ name: 's', description: 'x'.repeat(700_000) }] }],
  ['a command of 900 KB', { commands: ['x'.repeat(900_000)] }],
  ['a hash of 900 KB', { hash: 'x'.repeat(900_000) }],
  ['a reason of 900 KB', { dropped: { ['x'.repeat(900_000)]: 1 } }],
  ['memory that is negative', { memory_bytes: -1 }],
  ['memory that is no number', { memory_bytes: Number.NaN }],
  ['memory without end', { memory_bytes: Number.POSITIVE_INFINITY }],
  ['memory of 1e300', { memory_bytes: 1e300 }],
  ['lag of 1e300', { lag_ms: 1e300 }],
  ['half a message that is held', { held: 0.5 }],
  ['a count below nothing', { dropped: { ttl: -1 } }],
  ['200 poisoned messages at once', { type: 'abandoned', ids: many(201, String) }],
  ['an id of 900 KB', { type: 'abandoned', ids: ['x'.repeat(900_000)] }],
  ['a nonce of 900 KB', { type: 'pong', nonce: 'x'.repeat(900_000) }],
  ['a connection of 900 KB', { type: 'hello', conn: 'x'.repeat(900_000), runtime: 'node' }],
  ['a gap since 900 KB', { type: 'gap', since: 'x'.repeat(900_000), until: 'now' }],
  ['a reason to refuse of 900 KB', { type: 'cut_refused', cut: 'c', why: 'x'.repeat(900_000) }],
  ['an error to apply of 900 KB', { type: 'applied', hash: 'h', error: 'x'.repeat(900_000) }],
];

for (const [name, more] of ABSURD)
  test(`${name}: dropped`, () => assert.ok(!statusMessage.safeParse({ ...HONEST, ...more }).success));

test('a long failure still says how it begins', () => {
  const said = {
    type: 'failed',
    inst: 1,
    term: 0,
    phase: 'setup',
    error: { message: `no ${'x'.repeat(900_000)}`, stack: 's'.repeat(100_000) },
  };
  const parsed = statusMessage.parse(said);
  assert.ok(parsed.type === 'failed' && parsed.error.message.startsWith('no x'));
  assert.ok(JSON.stringify(parsed).length < 20_000);
});

test('what an honest instance says while it drains passes', () => {
  const done = many(10_000, (n) => n);
  const common = { inst: 1, term: 1 };
  const words = [
    { ...common, type: 'watermark', base: 'b', low: -1, done, trying: [] },
    {
      ...common,
      type: 'context',
      n: 1,
      whole: true,
      cut: null,
      set: many(2_000, (n) => [`k${n}`, n]),
      gone: [],
      history: [],
      user: null,
    },
  ];
  for (const word of words) assert.ok(statusMessage.safeParse(word).success, word.type);
});
