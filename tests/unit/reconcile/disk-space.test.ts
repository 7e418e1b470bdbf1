/** Room for state: its lack is said, and its return. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { watchDiskSpace } from '../../../orchestrator/src/reconcile/triggers/disk-space.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

const MIB = 2 ** 20;

/** @param free what each look finds; an error for one that fails */
async function looks(free: readonly (number | Error)[]): Promise<{ ok: boolean; because: string }[]> {
  const clock = steppedClock();
  const stop = new AbortController();
  const said: { ok: boolean; because: string }[] = [];
  let n = 0;
  const running = watchDiskSpace({
    dir: '/data',
    clock,
    signal: stop.signal,
    async free() {
      const found = free[n++];
      if (found instanceof Error) throw found;
      return found ?? 0;
    },
    system(key, ok, because) {
      assert.equal(key, 'disk');
      said.push({ ok, because });
    },
  });
  await turn();
  for (const _ of free.slice(1)) {
    clock.advance(9_999);
    await turn();
    const before = said.length;
    clock.advance(1);
    await turn();
    assert.equal(said.length, before + 1, 'every ten seconds');
  }
  stop.abort();
  await running;
  return said;
}

test('a disk with less room than a bundle may need is told, with what to do, until there is room again', async () => {
  const said = await looks([640 * MIB, 63.9 * MIB, 0, 64 * MIB]);
  assert.deepEqual(
    said.map(({ ok }) => ok),
    [true, false, false, true],
  );
  assert.match(said[1]?.because ?? '', /only 63 MB are free .*\(\/data\).*agents go on\. Make room/);
});

test('a file system that does not tell is not full', async () => {
  assert.deepEqual(
    (await looks([new Error('ENOSYS')])).map(({ ok }) => ok),
    [true],
  );
});
