/** Watching: what it says, when it polls, and that it outlives its folder. Time is a fake; two tests use real events. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../../orchestrator/src/domain/ports/ports.ts';
import { remoteFilesystemName } from '../../../orchestrator/src/watch/filesystem-kind.ts';
import { type OpenWatcher, watchFolder } from '../../../orchestrator/src/watch/watch-folder.ts';
import { turnedUntil as until } from '../../support/eventually.ts';

interface HandClock extends Clock {
  pass(ms: number): void;
  /** Waits until a sleep would end within so many milliseconds, then lets them pass. */
  reach(ms: number): Promise<void>;
}

function handClock(): HandClock {
  let time = 0;
  const sleepers = new Set<{ at: number; wake(): void }>();
  const pass = (ms: number) => {
    time += ms;
    for (const sleeper of [...sleepers]) {
      if (sleeper.at <= time && sleepers.delete(sleeper)) sleeper.wake();
    }
  };
  return {
    now: () => time,
    timestamp: () => new Date(time).toISOString(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = { at: time + ms, wake: resolve };
        sleepers.add(sleeper);
        const end = () => sleepers.delete(sleeper) && reject(signal?.reason);
        signal?.addEventListener('abort', end, { once: true });
      }),
    pass,
    async reach(ms) {
      await until(() => [...sleepers].some(({ at }) => at <= time + ms));
      pass(ms);
    },
  };
}

class FakeWatcher extends EventEmitter {
  readonly poll: boolean;
  closed = false;
  constructor(poll: boolean) {
    super();
    this.poll = poll;
  }
  async close(): Promise<void> {
    this.closed = true;
  }
}

async function watching(t: TestContext, { exists = true, alwaysPoll = false, kept = '' } = {}) {
  const parent = await mkdtemp(join(tmpdir(), 'hairem-watch-'));
  const dir = join(parent, 'agents');
  if (exists) await mkdir(dir);
  const clock = handClock();
  const over = new AbortController();
  const watchers: FakeWatcher[] = [];
  const notices: string[] = [];
  const open: OpenWatcher = (_dir, { poll }) => {
    const watcher = new FakeWatcher(poll);
    watchers.push(watcher);
    return watcher;
  };
  let looks = 0;
  const ended = watchFolder({
    dir,
    clock,
    open,
    alwaysPoll,
    isKept: (path) => path === kept,
    signal: over.signal,
    onChange: () => looks++,
    onNotice: ({ mode, message }) => notices.push(`${mode}: ${message}`),
  });
  t.after(async () => {
    over.abort();
    await ended;
    await rm(parent, { recursive: true, force: true });
  });
  await until(() => notices.length > 0);
  return { dir, clock, watchers, notices, looks: () => looks, over, ended };
}

test('the first event is a look at once, those within 15 ms of it are one more', async (t) => {
  const { clock, watchers, looks } = await watching(t);
  for (let i = 0; i < 20; i++) watchers[0]?.emit('all', 'change', 'x');
  assert.equal(looks(), 1);
  clock.pass(14);
  await turn();
  assert.equal(looks(), 1);
  await clock.reach(1);
  await until(() => looks() === 2);
  await clock.reach(15);
  watchers[0]?.emit('all', 'change', 'x');
  await until(() => looks() === 3);
});

test('what tools leave is not heard, unless its bundle keeps it', async (t) => {
  const { dir, watchers, looks } = await watching(t, { kept: 'echo/notes.bak' });
  for (const name of ['._logic.ts', '.logic.ts.kate-swp', 'notes.orig', '@eaDir/x', '.git/index', 'lib/.DS_Store'])
    watchers[0]?.emit('all', 'change', join(dir, 'echo', name));
  watchers[0]?.emit('all', 'add', join(dir, '.DS_Store'));
  watchers[0]?.emit('all', 'change', join(dir, 'echo/media/face.png'));
  assert.equal(looks(), 0);
  watchers[0]?.emit('all', 'change', join(dir, 'echo/notes.bak'));
  assert.equal(looks(), 1);
});

test('when inotify is exhausted it polls, and says so', async (t) => {
  const { clock, watchers, notices, looks, dir } = await watching(t);
  watchers[0]?.emit('error', Object.assign(new Error('no space'), { code: 'ENOSPC' }));
  await until(() => notices.length === 2);
  const seen = watchers.map(({ poll, closed }) => [poll, closed]);
  assert.deepEqual(seen, [
    [false, true],
    [true, false],
  ]);
  assert.equal(notices[0], `events: Watching ${dir}.`);
  assert.match(notices[1] ?? '', /^polling: .*inotify is exhausted \(ENOSPC\)/);
  await clock.reach(15);
  await until(() => looks() === 1);
});

test('any other error, and being ready, only say look again', async (t) => {
  const { clock, watchers, looks } = await watching(t);
  watchers[0]?.emit('error', Object.assign(new Error('gone'), { code: 'ENOENT' }));
  await clock.reach(15);
  await until(() => looks() === 1);
  watchers[0]?.emit('ready');
  await clock.reach(15);
  await until(() => looks() === 2);
  assert.equal(watchers.length, 1);
});

test('polling can be set', async (t) => {
  const { watchers, notices } = await watching(t, { alwaysPoll: true });
  assert.equal(watchers[0]?.poll, true);
  assert.match(notices[0] ?? '', /^polling: .*it is set so/);
});

test('a root that is not there is waited for', async (t) => {
  const { dir, clock, watchers, notices, looks } = await watching(t, { exists: false });
  assert.match(notices[0] ?? '', /^waiting/);
  await mkdir(dir);
  await clock.reach(1_000);
  await until(() => watchers.length === 1);
  await clock.reach(15);
  await until(() => looks() === 1);
});

test('a root that is removed and made again is looked at and watched again', async (t) => {
  const { dir, clock, watchers, notices, looks } = await watching(t);
  await rm(dir, { recursive: true });
  await clock.reach(1_000);
  await until(() => notices.length === 2);
  assert.equal(watchers[0]?.closed, true);
  await clock.reach(15);
  await until(() => looks() === 1);
  await mkdir(dir);
  await clock.reach(1_000);
  await until(() => notices.length === 3);
  await clock.reach(15);
  await until(() => looks() === 2);
  assert.deepEqual(
    notices.map((notice) => notice.split(':')[0]),
    ['events', 'waiting', 'events'],
  );
});

test('a root that is moved away and back at once is watched again', async (t) => {
  const { dir, clock, watchers, looks } = await watching(t);
  watchers[0]?.emit('all', 'unlinkDir', dir);
  await until(() => watchers.length === 2);
  assert.deepEqual([watchers[0]?.closed, watchers[1]?.closed], [true, false]);
  await clock.reach(15);
  await until(() => looks() === 1);
});

test('it ends with its signal, and closes its watcher', async (t) => {
  const { watchers, over, ended } = await watching(t);
  over.abort();
  await ended;
  assert.equal(watchers[0]?.closed, true);
});

test('the names of remote file systems', () => {
  assert.equal(remoteFilesystemName(0x6969), 'NFS');
  assert.equal(remoteFilesystemName(0xff534d42 | 0), 'SMB');
  assert.equal(remoteFilesystemName(0xef53), null);
});

for (const alwaysPoll of [false, true]) {
  test(`real ${alwaysPoll ? 'polling' : 'events'}: a file that is written is heard`, async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'hairem-watch-'));
    await mkdir(join(dir, 'echo/node_modules'), { recursive: true });
    const over = new AbortController();
    const heard = new EventEmitter();
    const clock: Clock = { ...handClock(), sleep: (ms, signal) => realSleep(ms, signal) };
    const ended = watchFolder({
      dir,
      clock,
      alwaysPoll,
      signal: over.signal,
      onChange: () => heard.emit('look'),
      onNotice: () => heard.emit('watching'),
    });
    t.after(async () => {
      over.abort();
      await ended;
      await rm(dir, { recursive: true, force: true });
    });
    await once(heard, 'watching');
    const look = once(heard, 'look');
    // The watcher gets ready in its own time: write until it hears.
    let count = 0;
    const writing = setInterval(() => void writeFile(join(dir, 'echo/logic.ts'), `${count++}`), 50);
    await look.finally(() => clearInterval(writing));
  });
}

async function realSleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const { setTimeout: sleep } = await import('node:timers/promises');
  await sleep(ms, undefined, signal === undefined ? {} : { signal });
}
