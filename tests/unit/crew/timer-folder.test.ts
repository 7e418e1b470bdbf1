/** Timers in a real folder: what two instances that use it at once may rely on. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { Timer } from '../../../agents/horloge/timer.ts';
import { openTimerFolder, type TimerFolder } from '../../../agents/horloge/timer-folder.ts';

let path: string;
let old: TimerFolder;
let young: TimerFolder;
let broken: string[];

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'timers-'));
  broken = [];
  old = await openTimerFolder(path, (file) => broken.push(file));
  young = await openTimerFolder(path, (file) => broken.push(file));
});
afterEach(() => rm(path, { recursive: true }));

function aTimer(name: string, due = '2030-01-01T00:00:00.000Z'): Timer {
  return { name, text: 'tea', due, cron: null, command: 'c1', set_by: 'user' };
}
const names = async (folder: TimerFolder, now = new Date()) => (await folder.list(now)).map(({ name }) => name);

test('what one instance adds the other one lists, the earliest first', async () => {
  await old.add(aTimer('second', '2030-01-02T00:00:00.000Z'));
  await young.add(aTimer('first', '2030-01-01T00:00:00.000Z'));
  assert.deepEqual(await names(young), ['first', 'second']);
  assert.deepEqual(await names(old), ['first', 'second']);
});

test('a name is given once', async () => {
  const added = await Promise.all([old.add(aTimer('pasta')), young.add(aTimer('pasta'))]);
  assert.deepEqual(added.sort(), [false, true]);
});

test('a timer is claimed by one instance only', async () => {
  await old.add(aTimer('pasta'));
  const claimed = await Promise.all([old.claim('pasta'), young.claim('pasta'), old.claim('pasta')]);
  assert.deepEqual(claimed.sort(), [false, false, true]);
});

test('after its claim it is gone, or kept for its next time', async () => {
  await old.add(aTimer('once'));
  await old.add(aTimer('daily'));
  await old.claim('once');
  await old.claim('daily');
  await old.settle('once', null);
  await old.settle('daily', aTimer('daily', '2030-01-02T00:00:00.000Z'));
  assert.deepEqual(await young.list(new Date()), [aTimer('daily', '2030-01-02T00:00:00.000Z')]);
});

test('one that is cancelled while it is fired stays away', async () => {
  await old.add(aTimer('daily'));
  await old.claim('daily');
  assert.equal(await young.remove('daily'), true);
  await old.settle('daily', aTimer('daily'));
  assert.deepEqual(await names(old), []);
  assert.deepEqual(await readdir(path), []);
});

test('what an instance claimed before it died comes back, but not at once', async () => {
  await old.add(aTimer('pasta'));
  await old.claim('pasta');
  assert.deepEqual(await names(young, new Date()), []);
  await young.list(new Date(Date.now() + 60_000));
  assert.deepEqual(await names(young), ['pasta']);
});

test('a name that no file could have is no danger', async () => {
  await old.add(aTimer('../../pâtes à l’ail'));
  assert.deepEqual(await names(old), ['../../pâtes à l’ail']);
  assert.equal((await readdir(path)).length, 1);
});

test('a broken file is set aside, said once, and disturbs no other', async () => {
  await old.add(aTimer('pasta'));
  await writeFile(join(path, 'x.json'), '{"name":');
  await writeFile(join(path, 'y.json'), '{"name":"y","due":"never"}');
  assert.deepEqual(await names(old), ['pasta']);
  assert.deepEqual(await names(old), ['pasta']);
  assert.equal(broken.length, 2);
});

test('removing what is not there says so', async () => assert.equal(await old.remove('pasta'), false));
