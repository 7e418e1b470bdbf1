/** An agent's context over cuts, reverts and deaths, with real processes on a real Redis. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Redis } from 'ioredis';
import { aclArguments } from '../../orchestrator/src/bus/acl.ts';
import { eventually } from '../support/eventually.ts';
import { startLoad } from '../support/harness/sdk-load.ts';
import { ON_REDIS, probesOnRedis } from '../support/harness/sdk-probes.ts';
import { type Fields, type Probe, SDK } from '../support/harness/sdk-rig.ts';
import { newPassword, sha256 } from '../support/servers/redis-server.ts';

describe(`the context of an agent (${SDK})`, ON_REDIS, () => {
  const { rig, first, candidate, said, whois } = probesOnRedis();

  const put = (key: string, value: unknown) => rig().command('put', { key, value });
  const get = async (key: string) => (await rig().command('get', { key })).result;
  const context = async () =>
    (await rig().command('context')).result as { state: Fields; user: string; history: string[][] };

  async function handOver(from: Probe, to: Probe): Promise<void> {
    const drained = rig().status(from.inst, 'drained');
    await rig().cut({ to, all: [from, to] });
    await drained;
  }

  test('the new instance has history, state and user of the old one', async () => {
    const old = await first({ name: 'old' });
    await rig().request({ from: 'user', type: 'user_message', payload: { content: 'good morning', user: 'ada' } });
    await put('lamp', { on: true, scenes: ['dim', 'é😀'] });
    const next = await candidate(old, { name: 'next' });
    await put('late', 1);
    await handOver(old, next);
    const { state, user, history } = await context();
    assert.deepEqual(state, { 'written in setup': 'old', lamp: { on: true, scenes: ['dim', 'é😀'] }, late: 1 });
    assert.equal(user, 'ada');
    assert.deepEqual(history, [['user', 'good morning', 'user']]);
  });

  test('what was changed just before the cut is there for whoever asks first after it', async () => {
    let [owner, other] = [await first({ name: 'old' }), null as Probe | null];
    const inVain = ({ lines }: Probe) => lines.filter((line) => line.includes('did not say the last of its')).length;
    let waits = 0;
    for (let n = 0; n < 20; n += 1) {
      other ??= await candidate(owner, { name: 'next' });
      await put('n', n);
      const vain = inVain(other);
      owner.child.kill('SIGSTOP'); // mostly before it has said so
      const drained = rig().status(owner.inst, 'drained');
      await rig().cut({ to: other, all: [owner, other] });
      const answer = rig().request({
        from: 'user',
        type: 'expert.command',
        payload: { command: 'get', args: { key: 'n' } },
      });
      let isAnswered = false;
      const noted = answer.then(() => {
        isAnswered = true;
      });
      await whois(other); // it has the question
      const itWaits = !isAnswered;
      owner.child.kill('SIGCONT');
      await noted;
      const { result } = (await answer).payload;
      await drained;
      // The rest of this loop may have taken longer than it waits.
      const next = other;
      if (!itWaits || result !== n) await eventually('it prints that it waited in vain', () => inVain(next) > vain);
      else waits += 1;
      [owner, other] = [other, owner];
    }
    assert.ok(waits > 0, 'a machine that is too slow for all of it shows nothing');
  });

  test('each message of a sender finds what the one before it left, over cuts under load', async (t) => {
    let owner = await first({ name: 'p0' });
    const endLoad = await startLoad(rig(), t, { count: true });
    for (let swaps = 1; swaps <= 4; swaps += 1) {
      const next = await candidate(owner, { name: `p${swaps}` });
      await handOver(owner, next);
      await rig().control({ type: 'retire', inst: owner.inst, window: 'closed' });
      owner = next;
    }
    for (const { name, sent, answers } of await endLoad()) {
      const counted = answers.map((answer) => answer.counted);
      const wanted = sent.map((_, n) => n + 1);
      assert.deepEqual(counted, wanted, `${name} counted on`);
    }
  });

  test('the one that is cut back has what the newer one wrote, also when that one died', async () => {
    const old = await first({ name: 'old' });
    const next = await candidate(old, { name: 'next' });
    await handOver(old, next);
    await put('by next', 'kept');
    await rig().request({ from: 'user', type: 'user_message', payload: { content: 'to next' } });
    const told = () => said(next, 'context').some(({ message }) => JSON.stringify(message).includes('to next'));
    await eventually('it is told', told);
    next.child.kill('SIGKILL');
    await rig().cut({ to: old, all: [old], adopt: [next] });
    const { state, history } = await context();
    assert.equal(state['by next'], 'kept');
    assert.deepEqual(history, [['user', 'to next', 'user']]);
  });

  test('an instance that hangs at the cut keeps the new one waiting for half a second, not for ever', async () => {
    const old = await first({ name: 'old' });
    await put('n', 1);
    const next = await candidate(old, { name: 'next' });
    old.child.kill('SIGSTOP');
    await rig().cut({ to: next, all: [old, next] });
    assert.equal(await get('n'), 1);
    await eventually('it prints what it waited for in vain', () =>
      next.lines.some((line) => line.includes(`instance ${old.inst} did not say the last of its context in 500 ms`)),
    );
    old.child.kill('SIGCONT');
  });

  test('what is no JSON cannot be, and what is too large is refused where it is set', async () => {
    await first();
    const { error } = await put('big', 'x'.repeat(140_000));
    assert.match(String(error), /ctx.state: with "big" it would be 137 KiB, it may be 128 KiB/);
    assert.equal(await get('big'), null);
  });

  test('what was changed inside of a value is handed over; what cannot be is named, and the rest is', async () => {
    const old = await first({ name: 'old' });
    await put('list', ['a']);
    assert.equal((await rig().command('spoil', { key: 'list', value: 'b' })).result, 2);
    await put('kept', true);
    assert.equal((await rig().command('spoil', { key: 'bad', value: null })).status, 'success');
    const next = await candidate(old, { name: 'next' });
    await handOver(old, next);
    const { state } = await context();
    assert.deepEqual(state, { 'written in setup': 'old', list: ['a', 'b'], kept: true });
    await eventually('it prints what was not handed over', () =>
      old.lines.some((line) => /not handed over: ctx.state: \\"bad\\": /.test(line)),
    );
  });

  test('it is said only while another may need it, and no other agent can hear it', async () => {
    const old = await first();
    await put('secret', 'mine');
    assert.equal(said(old, 'context').length, 0);
    const [password, name] = [newPassword(), 'other.1'];
    const user = aclArguments({ agent: 'other', inst: 1, passwordSha256: sha256(password), topics: null });
    await rig().redis.call('ACL', 'SETUSER', ...user);
    const { port } = rig().server;
    const other = new Redis({ port, username: name, password, enableReadyCheck: false, disableClientInfo: true });
    for (const pattern of ['st:probe:*', 'st:*', `st:probe:${old.inst}`, '*']) {
      await assert.rejects(other.psubscribe(pattern), /NOPERM/);
    }
    await assert.rejects(other.publish(`st:probe:${old.inst}`, '{}'), /NOPERM/);
    other.disconnect();
    await candidate(old);
    await eventually('it is said', () => said(old, 'context').length > 0);
    assert.equal(said(old, 'context').length, 1);
    assert.ok(JSON.stringify(said(old, 'context')[0]).length < 2_000);
  });
});
