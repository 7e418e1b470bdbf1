/** Horloge as a whole, on a clock that the tests turn: commands in, words to the user out. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { ServiceError } from '@hairem/agent';
import { Agent } from '../../../agents/horloge/logic.ts';
import { aMessage, type FakeAgentHost, fakeAgentHost } from '../../support/fakes/fake-agent-host.ts';
import { type HandTurnedClock, handTurnedClock } from '../../support/fakes/hand-turned-clock.ts';

let folder: string;
let clock: HandTurnedClock;
let running: { abort: AbortController; ended: Promise<unknown> }[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'horloge-'));
  clock = handTurnedClock('2030-01-06T12:00:00Z');
  running = [];
});
afterEach(async () => {
  for (const { abort } of running) abort.abort();
  await Promise.all(running.map(({ ended }) => ended));
  await rm(folder, { recursive: true });
});

function newHost(config = {}): FakeAgentHost {
  return fakeAgentHost(
    { config: { timezone: 'UTC', ...config }, skills: [{ name: 'set_timer', description: 'Set one' }] },
    'horloge',
  );
}

async function instance(config = {}): Promise<FakeAgentHost> {
  const host = newHost(config);
  await new Agent(host, { clock, folder }).setup();
  return host;
}

/** As the nursery does when an instance becomes ACTIVE. */
function activate(host: FakeAgentHost) {
  const abort = new AbortController();
  const ended = Promise.all(host.tasks.map(async (task) => task.run(abort.signal)));
  running.push({ abort, ended: ended.catch(() => undefined) });
  return { ended, stop: () => abort.abort() };
}

const said = (host: FakeAgentHost) => host.sent.map(({ target, payload }) => `${target}: ${payload.content}`);

test('a timer speaks to the user when it is due, and once', async () => {
  const host = await instance();
  activate(host);
  await host.command('timer.set', { name: 'Pasta', seconds: 3, text: 'the pasta is done' });
  assert.equal(await clock.asleep(), 3000);
  clock.turn(2999);
  assert.deepEqual(said(host), []);
  clock.turn(1);
  await clock.asleep();
  assert.deepEqual(said(host), ['user: the pasta is done']);
  clock.turn(10_000);
  await clock.asleep();
  assert.equal(host.sent.length, 1);
});

test('a timer that is set while the task sleeps is not slept over', async () => {
  const host = await instance();
  activate(host);
  assert.equal(await clock.asleep(), 5000);
  await host.command('timer.set', { seconds: 1, text: 'tea' });
  assert.equal(await clock.asleep(), 1000);
});

test('a schedule goes on until it is cancelled', async () => {
  const host = await instance({ announcement: 'Ding, {name}: {text}' });
  activate(host);
  await host.command('timer.set', { name: 'tea', cron: '*/5 * * * *', text: '$& cups' });
  for (let looks = 0; looks < 125; looks += 1) {
    await clock.asleep();
    clock.turn(5000);
  }
  await clock.asleep();
  assert.deepEqual(said(host), ['user: Ding, tea: $& cups', 'user: Ding, tea: $& cups']);
  assert.deepEqual(await host.command('timer.cancel', { name: 'TEA' }), { name: 'tea' });
  assert.deepEqual(await host.command('timer.list'), { timezone: 'UTC', timers: [] });
});

test('a new version takes over what was set, and what the old one still sets while it drains', async () => {
  const [old, young] = [await instance(), await instance()];
  const oldTask = activate(old);
  await old.command('timer.set', { name: 'a', seconds: 10, text: 'a' });
  oldTask.stop();
  await oldTask.ended;
  activate(young);
  await clock.asleep();
  await old.command('timer.set', { name: 'b', seconds: 6, text: 'b' });
  for (let looks = 0; looks < 3; looks += 1) {
    await clock.asleep();
    clock.turn(5000);
  }
  await clock.asleep();
  assert.deepEqual([said(old), said(young)], [[], ['user: b', 'user: a']]);
});

test('what became due while nobody ran is said late, and says so', async () => {
  const host = await instance();
  await host.command('timer.set', { seconds: 60, text: 'tea' });
  clock.turn(3_600_000);
  activate(host);
  await clock.asleep();
  assert.deepEqual(said(host), ['user: tea (late: it was due at 2030-01-06 12:01 (UTC))']);
});

test('a timer that could not be said is kept, and the task reports it', async () => {
  const host = await instance();
  await host.command('timer.set', { name: 'tea', seconds: 1, text: 'tea' });
  clock.turn(1000);
  host.sendError = new Error('the bus is away');
  await assert.rejects(activate(host).ended, /the bus is away/);
  host.sendError = null;
  activate(host);
  await clock.asleep();
  assert.deepEqual(said(host), ['user: tea']);
});

test('the same command again makes no second timer, and cancels nothing twice', async () => {
  const host = await instance();
  const set = aMessage();
  const args = { seconds: 60, text: 'tea' };
  assert.deepEqual(await host.command('timer.set', args, set), await host.command('timer.set', args, set));
  await host.command('timer.cancel', { name: 'timer 1' });
  const again = aMessage({ metadata: { ...set.metadata, redelivered: true } });
  assert.deepEqual(await host.command('timer.cancel', { name: 'timer 1' }, again), { name: 'timer 1' });
  await assert.rejects(host.command('timer.cancel', { name: 'timer 1' }), /there is no timer "timer 1"/);
});

test('a taken name and a full list are refused', async () => {
  const host = await instance({ max_timers: 2 });
  await host.command('timer.set', { name: 'tea', seconds: 60, text: 'tea' });
  await assert.rejects(host.command('timer.set', { name: 'Tea', seconds: 1, text: 'x' }), /a timer "tea" already/);
  await host.command('timer.set', { seconds: 60, text: 'x' });
  await assert.rejects(host.command('timer.set', { seconds: 60, text: 'x' }), /there are 2 timers/);
});

test('the list says what is set, the earliest first', async () => {
  const host = await instance();
  await host.command('timer.set', { name: 'b', seconds: 60, text: 'second' });
  await host.command('timer.set', { name: 'a', seconds: 30, text: 'first' });
  const due = '2030-01-06T12:00:30.000Z';
  const first = {
    name: 'a',
    text: 'first',
    due,
    local: '2030-01-06 12:00 (UTC)',
    cron: null,
    in_seconds: 30,
    set_by: 'user',
  };
  const list = (await host.command('timer.list')) as { timers: unknown[] };
  assert.equal(list.timers.length, 2);
  assert.deepEqual(list.timers[0], first);
});

test('bad config rejects the update', async () => {
  await assert.rejects(instance({ timezone: 'Mars/North' }), /config.timezone/);
});

test('a skill that the manifest lists sets a timer too', async () => {
  const host = await instance();
  await host.skills.get('set_timer')?.handler({ seconds: 60, text: 'tea' });
  const { timers } = (await host.command('timer.list')) as { timers: { set_by: string }[] };
  assert.deepEqual(
    timers.map(({ set_by }) => set_by),
    ['horloge'],
  );
});

test('whoever speaks to it without a language model learns what it understands', async () => {
  const host = newHost();
  const agent = new Agent(host, { clock, folder });
  await agent.setup();
  host.onRequest = () => {
    throw new ServiceError('not_configured', 'no language model is configured yet');
  };
  await agent.onMessage(aMessage({ recipient: { target: 'horloge' } }));
  assert.match(said(host)[1] ?? '', /^user: horloge cannot answer: .* timer\.set, timer\.list, timer\.cancel\.$/);
});
