/** An SDK's runtime, Node's unless `HAIREM_TEST_SDK` says another, on a real Redis: losing its connection, being fenced, coming back. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { ON_REDIS, probesOnRedis } from '../support/harness/sdk-probes.ts';
import { SDK } from '../support/harness/sdk-rig.ts';

describe(`the connection of an instance (${SDK})`, ON_REDIS, () => {
  const { rig, first, candidate, said, held } = probesOnRedis();

  test('a lost connection is death while a window is open', async () => {
    const old = await first();
    const next = await candidate(old);
    await rig().redis.client('KILL', 'USER', `probe.${next.inst}`);
    assert.equal(await next.exited, 3);
    await rig().redis.client('KILL', 'USER', `probe.${old.inst}`);
    assert.equal(await old.exited, 3);
  });

  test('outside a window it holds, says hello until it is heard, and goes on when it is resumed', async () => {
    const probe = await first();
    const hello = rig().status(probe.inst, 'hello');
    await rig().redis.client('KILL', 'USER', `probe.${probe.inst}`);
    const { state, conn, term } = await hello;
    assert.equal(state, 'ACTIVE');
    assert.notEqual(conn, probe.conn);
    const again = await rig().status(probe.inst, 'hello'); // nobody was there for the first one
    assert.equal(again.conn, conn);
    const answered = rig().request({ payload: { echo: 'held' } });
    const gap = rig().status(probe.inst, 'gap');
    await rig().control({ type: 'resume', inst: probe.inst, term: Number(term), owner: probe.inst });
    assert.ok(String((await gap).since) <= String((await gap).until));
    assert.equal((await answered).payload.echo, 'held');
    const hellos = said(probe, 'hello').length;
    await rig().status(probe.inst, 'heartbeat');
    assert.equal(said(probe, 'hello').length, hellos, 'that was enough');
  });

  test('what a handler says while the connection is held is said when it is resumed', async () => {
    const probe = await first();
    const { answered, letGo, hasGoneOn } = await held(probe, { echo: 'late' });
    const hello = rig().status(probe.inst, 'hello');
    await rig().redis.client('KILL', 'USER', `probe.${probe.inst}`);
    const { term } = await hello;
    await letGo();
    await hasGoneOn();
    await rig().control({ type: 'resume', inst: probe.inst, term: Number(term), owner: probe.inst });
    assert.equal((await answered).payload.echo, 'late');
  });

  test('a blocked event loop is not a lost connection', async () => {
    const probe = await first();
    const hellos = said(probe, 'hello').length;
    assert.equal((await rig().command('block', { ms: 4500 })).result, 'blocked');
    await eventually('the lag is reported', () =>
      said(probe, 'heartbeat').some(({ message }) => Number(message.lag_ms) > 3000),
    );
    assert.equal(said(probe, 'hello').length, hellos);
  });

  test('Redis comes back empty: it waits for its user, says hello again, and goes on', async () => {
    const probe = await first();
    const hello = rig().status(probe.inst, 'hello');
    await rig().restartRedis(300);
    const { term } = await hello;
    await rig().control({ type: 'resume', inst: probe.inst, term: Number(term), owner: probe.inst });
    assert.equal((await rig().request({ payload: { echo: 'back' } })).payload.echo, 'back');
    assert.ok(probe.lines.filter((line) => /no connection/.test(line)).length <= 4, probe.lines.join('\n'));
  });

  test('a fenced one ends, whatever it is doing', async () => {
    const old = await first();
    const next = await candidate(old);
    await rig().cut({ to: next, all: [next], adopt: [old] });
    assert.equal(await old.exited, 3);
    assert.equal((await rig().request({ payload: {} })).payload.by, `probe ${next.inst}`);
  });

  test('SIGTERM ends it in order', async () => {
    const probe = await first();
    const { answered, letGo } = await held(probe, { echo: 'last' });
    probe.child.kill('SIGTERM');
    await letGo();
    assert.equal((await answered).payload.echo, 'last');
    assert.equal(await probe.exited, 0);
    assert.ok(probe.lines.some((line) => line.includes('torn down')));
  });
});
