/** The tasks of an agent as the bus shows them: over cuts, when they fail, and when they do not end. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { ON_REDIS, probesOnRedis } from '../support/harness/sdk-probes.ts';
import { type Fields, type Probe, SDK } from '../support/harness/sdk-rig.ts';

const SWAPS = 100;
const TICKS = 20;

describe(`the nursery of an agent (${SDK})`, ON_REDIS, () => {
  const { rig, first, candidate } = probesOnRedis();

  const ticks = () =>
    rig().heard.flatMap(({ message }) => ((message.payload as Fields)?.tick ? [message.payload] : []));
  const tasksOf = async (probe: Probe) => (await rig().status(probe.inst, 'heartbeat')) as Fields & { tasks: Fields[] };
  const states = ({ tasks }: { tasks: Fields[] }) => tasks.map(({ name, state }) => `${name} ${state}`);

  async function handOver(from: Probe, to: Probe): Promise<void> {
    const drained = rig().status(from.inst, 'drained');
    await rig().cut({ to, all: [from, to] });
    await drained;
  }

  test(`after ${SWAPS} cuts exactly one runs under a name`, async () => {
    let owner = await first({ name: 'one' });
    let other = await candidate(owner, { name: 'other' });
    for (let n = 0; n < SWAPS; n += 1) {
      await handOver(owner, other);
      [owner, other] = [other, owner];
    }
    const before = ticks().length;
    await eventually('it ticks', () => ticks().length >= before + TICKS);
    const last = ticks().slice(before) as Fields[];
    assert.deepEqual([...new Set(last.map(({ by, run }) => `${by} ${run}`))].length, 1, JSON.stringify(last));
    const numbers = last.map(({ tick }) => Number(tick));
    assert.deepEqual(
      numbers,
      Array.from(numbers, (_, n) => (numbers[0] ?? 0) + n),
      'none twice, none left out',
    );
    assert.deepEqual(states(await tasksOf(owner)), ['ticker running']);
    assert.deepEqual(states(await tasksOf(other)), ['ticker cancelled']);
  });

  test('cut back before a task has ended: it is begun again when it has, and only then', async () => {
    const old = await first({ name: 'old' });
    const next = await candidate(old, { name: 'next' });
    for (let n = 0; n < 10; n += 1) {
      await rig().cut({ to: next, all: [old, next] });
      await rig().cut({ to: old, all: [old, next] });
    }
    const before = ticks().length;
    await eventually('it ticks', () => ticks().length >= before + TICKS);
    const last = ticks().slice(before + 5) as Fields[];
    assert.deepEqual([...new Set(last.map(({ by }) => by))], ['old']);
    assert.equal(new Set(last.map(({ run }) => run)).size, 1);
  });

  test('one that fails is shown with its stack, and the one that asks for it is begun again', async () => {
    const probe = await first({ config: { fragile: true } });
    const { tasks } = await tasksOf(probe);
    assert.deepEqual(states({ tasks }), ['ticker running', 'once failed', 'again backoff']);
    assert.match(String(tasks[1]?.error), /a task that fails/);
    assert.match(String(tasks[1]?.error), /logic\.(ts|py)/);
    await eventually('it failed again', () => probe.lines.filter((line) => /task again failed/.test(line)).length > 1);
  });

  test('one that ignores its cancellation is named before drained is said, and keeps its name to itself', async () => {
    const old = await first({ name: 'old', config: { deaf: true } });
    const next = await candidate(old, { name: 'next' });
    const named = rig().hear('a heartbeat that names it', ({ channel, message }) => {
      const isStuck = (message.tasks as Fields[] | undefined)?.some(({ state }) => state === 'stuck');
      return channel === `st:probe:${old.inst}` && isStuck === true;
    });
    const drained = rig()
      .status(old.inst, 'drained')
      .then(() => 'drained');
    await rig().cut({ to: next, all: [old, next] });
    assert.notEqual(await Promise.race([named, drained]), 'drained');
    assert.deepEqual(states((await named) as { tasks: Fields[] } & Fields), ['ticker cancelled', 'deaf stuck']);
    await drained;
    await rig().cut({ to: old, all: [old, next] });
    const beat = await tasksOf(old);
    assert.deepEqual(states(beat), ['ticker running', 'deaf stuck']);
    assert.deepEqual(beat.hindered, ['deaf']);
    await handOver(old, next); // that it is not waited for twice is shown where the clock stands still
  });

  if (SDK === 'python') {
    test('a coroutine that was cancelled asks for a fresh instance', async () => {
      const old = await first({ name: 'old', config: { run_once: true } });
      const next = await candidate(old, { name: 'next', config: { run_once: true } });
      await handOver(old, next);
      await rig().cut({ to: old, all: [old, next] });
      const beat = await tasksOf(old);
      assert.deepEqual(states(beat), ['ticker running', 'run once cancelled']);
      assert.deepEqual(beat.hindered, ['run once']);
      assert.match(String(beat.tasks[1]?.error), /a coroutine runs once only/);
    });
  }
});
