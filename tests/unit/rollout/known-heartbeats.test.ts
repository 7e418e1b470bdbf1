/** A heartbeat that says nothing new is not parsed again; one that differs anywhere is heard as it is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatusMessage } from '../../../orchestrator/src/domain/messages/control.ts';
import { createKnownHeartbeats } from '../../../orchestrator/src/rollout/instances/known-heartbeats.ts';
import { createStatusInbox } from '../../../orchestrator/src/rollout/instances/status-inbox.ts';
import { heartbeat } from '../../support/builders/registry-events.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

type Beat = Extract<StatusMessage, { type: 'heartbeat' }>;

const TASK = { name: 'tick', state: 'running', since: '2026-01-01T12:00:00.000Z' } as const;
const beatOf = (more: Partial<Beat> = {}): Beat => {
  const { held, dropped, tasks, memory_bytes, cpu_ms, lag_ms, ...rest } = {
    ...(heartbeat(7, { tasks: [TASK], commands: ['greet'] }) as { heartbeat: Beat }).heartbeat,
    ...more,
  };
  return { ...rest, held, dropped, tasks, memory_bytes, cpu_ms, lag_ms } as Beat;
};

function hearing() {
  const voices = createStatusInbox(steppedClock());
  const heard: StatusMessage[] = [];
  voices.listen((_agent, message) => void heard.push(message));
  const say = (text: string, channel = 'st:echo:7') => voices.take(channel, text);
  return { voices, heard, say };
}

test('what was known is found without parsing, with the numbers of now', () => {
  const known = createKnownHeartbeats();
  const first = beatOf();
  known.note('echo', JSON.stringify(first), first);
  const next = beatOf({ memory_bytes: 51_000_000, cpu_ms: 120, lag_ms: 0 });
  assert.deepEqual(known.find('echo', JSON.stringify(next)), next);
  assert.equal(known.find('other', JSON.stringify(next)), null);
});

const DIFFERENT: [string, Partial<Beat>][] = [
  ['state', { state: 'DRAINING' }],
  ['term', { term: 9 }],
  ['hash', { hash: 'h2' }],
  ['tasks', { tasks: [{ ...TASK, state: 'failed', error: 'boom' }] }],
  ['hindered', { hindered: ['tick'] }],
  ['commands', { commands: ['greet', 'leave'] }],
  ['skills', { skills: [{ name: 'greet', description: 'Says hello' }] }],
  ['held', { held: 1 }],
  ['dropped', { dropped: { flood: 1 } }],
  ['memory_bytes', { memory_bytes: 1 }],
  ['cpu_ms', { cpu_ms: 101 }],
  ['lag_ms', { lag_ms: 2_000 }],
  ['lag_ms, in parts', { lag_ms: 0.25 }],
];
for (const [field, more] of DIFFERENT)
  test(`another ${field} is heard, and what comes after it`, () => {
    const { heard, say } = hearing();
    const beats = [beatOf(), beatOf(), beatOf(more), beatOf(more), beatOf()];
    for (const beat of beats) say(JSON.stringify(beat));
    assert.deepEqual(heard, beats);
  });

/** What no schema takes does not come in by being like what it took. */
const BAD: [string, (text: string) => string][] = [
  ['is below nothing', (text) => text.replace('"cpu_ms":100', '"cpu_ms":-100')],
  ['has more digits than a number holds', (text) => text.replace('"cpu_ms":100', '"cpu_ms":99999999999999999999')],
  ['is no number', (text) => text.replace('"cpu_ms":100', '"cpu_ms":"100"')],
  ['goes on behind its digits', (text) => text.replace('"lag_ms":1}', '"lag_ms":1x}')],
  ['is cut off', (text) => text.slice(0, -1)],
];
for (const [what, spoilt] of BAD)
  test(`what ${what} is dropped, also behind good ones`, () => {
    const { voices, heard, say } = hearing();
    const text = JSON.stringify(beatOf());
    say(text);
    say(spoilt(text));
    assert.deepEqual([heard.length, voices.dropped()], [1, 1]);
    say(text);
    assert.equal(heard.length, 2);
  });

test('nobody speaks for another by saying again what that one said', () => {
  const { voices, heard, say } = hearing();
  const text = JSON.stringify(beatOf());
  say(text);
  say(text, 'st:echo:8');
  assert.deepEqual([heard.length, voices.dropped()], [1, 1]);
});

test('numbers of the same names further in are not taken for its own', () => {
  const inner = '{"memory_bytes":1,"cpu_ms":2,"lag_ms":3}';
  const known = createKnownHeartbeats();
  const beat = beatOf();
  const text = JSON.stringify(beat).replace('"dropped":{}', `"dropped":${inner}`);
  known.note('echo', text, beat);
  assert.equal(known.find('echo', text), null);
});

test('a long one is parsed each time', () => {
  const known = createKnownHeartbeats();
  const beat = beatOf({ commands: Array.from({ length: 2_000 }, (_, n) => `command ${n}`) });
  known.note('echo', JSON.stringify(beat), beat);
  assert.equal(known.find('echo', JSON.stringify(beat)), null);
});
