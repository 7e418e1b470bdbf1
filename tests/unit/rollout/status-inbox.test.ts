/** Waiting for what an instance says: it does wait, and ends by the word, the deadline or the signal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { throwLater } from '../../../orchestrator/src/domain/errors/failures.ts';
import { createStatusInbox, type StatusInbox } from '../../../orchestrator/src/rollout/instances/status-inbox.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

const say = (voices: StatusInbox, channel: string, message: object) => voices.take(channel, JSON.stringify(message));
const standby = (inst: number) => ({ type: 'standby', inst, term: 0 });
const never = new AbortController().signal;

/** Whether a promise has settled by now, after everything that is due has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  const tick = new Promise((resolve) => setImmediate(resolve, pending));
  return (await Promise.race([promise.catch(() => null), tick])) !== pending;
}

test('it waits for this instance and this word, and passes by all others', async () => {
  const voices = createStatusInbox(steppedClock());
  const heard = voices.hear({ agent: 'echo', inst: 7, type: 'standby', deadlineMs: 1000, signal: never });
  say(voices, 'st:echo:6', standby(6));
  say(voices, 'st:other:7', standby(7));
  say(voices, 'st:echo:7', { type: 'drained', inst: 7, term: 0 });
  assert.equal(await isSettled(heard), false);
  say(voices, 'st:echo:7', standby(7));
  assert.equal((await heard).type, 'standby');
});

test('it waits for the one that matches', async () => {
  const voices = createStatusInbox(steppedClock());
  const heard = voices.hear({
    agent: 'echo',
    inst: 7,
    type: 'echo',
    matches: ({ nonce }) => nonce === 'mine',
    deadlineMs: 1000,
    signal: never,
  });
  say(voices, 'st:echo:7', { type: 'echo', inst: 7, term: 0, nonce: 'another' });
  assert.equal(await isSettled(heard), false);
  say(voices, 'st:echo:7', { type: 'echo', inst: 7, term: 0, nonce: 'mine' });
  assert.equal((await heard).nonce, 'mine');
});

test('the deadline ends it, not earlier', async () => {
  const clock = steppedClock();
  const heard = createStatusInbox(clock).hear({
    agent: 'echo',
    inst: 7,
    type: 'standby',
    deadlineMs: 1000,
    signal: never,
  });
  clock.advance(999);
  assert.equal(await isSettled(heard), false);
  clock.advance(1);
  await assert.rejects(heard, (error) => error instanceof HairemError && error.code === 'not_ready');
});

test('the signal ends it with its reason, also one that has aborted before', async () => {
  const voices = createStatusInbox(steppedClock());
  const abort = new AbortController();
  const wanted = { agent: 'echo', inst: 7, type: 'standby', deadlineMs: 1000, signal: abort.signal } as const;
  const heard = voices.hear(wanted);
  abort.abort(new HairemError('instance_died', 'gone'));
  await assert.rejects(heard, /gone/);
  await assert.rejects(voices.hear(wanted), /gone/);
});

test('nobody speaks for another, and nothing that cannot be read throws', () => {
  const voices = createStatusInbox(steppedClock());
  const heard: string[] = [];
  voices.listen((agent, { inst }) => heard.push(`${agent}.${inst}`));
  say(voices, 'st:echo:6', standby(7));
  say(voices, 'st:echo:7:more', standby(7));
  say(voices, 'st:echo:7', { type: 'standby' });
  voices.take('st:echo:7', '{');
  assert.deepEqual([heard, voices.dropped()], [[], 4]);
  say(voices, 'st:echo:7', standby(7));
  assert.deepEqual(heard, ['echo.7']);
});

test('one that speaks for another instance is not heard, and told of', () => {
  const forged: string[] = [];
  const voices = createStatusInbox(steppedClock(), throwLater, (agent, what) => forged.push(`${agent}: ${what}`));
  const heard: string[] = [];
  voices.listen((agent) => heard.push(agent));
  for (const type of ['active', 'standby', 'drained', 'prepared'])
    voices.take('st:wolf:3', JSON.stringify({ type, inst: 2, term: 9 }));
  voices.take('st:wolf:3', 'nonsense');
  assert.deepEqual(heard, []);
  assert.equal(forged.length, 4);
  assert.equal(forged[0], 'wolf: instance 3 said `active` for another instance');
});
