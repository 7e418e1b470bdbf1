/** An SDK's runtime, Node's unless `HAIREM_TEST_SDK` says another, as real processes on a real Redis: what the pure tests of the state machine cannot show. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { hostileTexts } from '../support/builders/hostile-texts.ts';
import { eventually } from '../support/eventually.ts';
import { startLoad } from '../support/harness/sdk-load.ts';
import { ON_REDIS, probesOnRedis } from '../support/harness/sdk-probes.ts';
import { type Fields, PROBE, type Probe, SDK, softPart } from '../support/harness/sdk-rig.ts';
import { printed } from '../support/printed.ts';

const BROKEN = `${PROBE}-broken`;
/** What the orchestrator may well say: it is obeyed, and that is not what is tried. */
const MEANT = /"type":"(?:cut|welcome)"/;

describe(`an instance (${SDK})`, ON_REDIS, () => {
  const { rig, started, first, candidate, ticks, whois, said, held } = probesOnRedis();
  const _dropped = (probe: Probe, why: string, count: number) =>
    eventually(`${count} are dropped as ${why}`, () => {
      const [beat] = said(probe, 'heartbeat').slice(-1);
      return ((beat?.message.dropped as Fields | undefined)?.[why] ?? 0) === count;
    });

  test('says hello, then standby at its mark, then active at the cut, answers, and goes when it is retired', async () => {
    const probe = await first();
    const { payload } = await rig().request({ payload: { echo: 'hi' } });
    assert.equal(payload.echo, 'hi');
    const kinds = rig()
      .heard.map(({ message }) => message.type)
      .filter((type) => /hello|standby|active/.test(type));
    assert.deepEqual(kinds, ['hello', 'standby', 'active']);
    await rig().control({ type: 'retire', inst: probe.inst, window: 'closed' });
    assert.equal(await probe.exited, 0);
    assert.ok(
      probe.lines.some((line) => line.includes('torn down')),
      probe.lines.join('\n'),
    );
  });

  test('has exactly the connection that verification expects', async () => {
    const probe = await first();
    const list = String(await rig().redis.client('LIST')).split('\n');
    const own = list.filter((line) => line.includes(` user=probe.${probe.inst} `));
    assert.equal(own.length, 1);
    assert.match(own[0] ?? '', / sub=4 psub=3 .* resp=3/);
    const echo = rig().status(probe.inst, 'echo');
    await rig().send({ from: 'orchestrator', payload: { nonce: 'n-1' } });
    assert.equal((await echo).nonce, 'n-1');
  });

  test('knows its secrets, and has forgotten the password of its user', async () => {
    await first({ secrets: { TOKEN: 'sesame-open' } });
    assert.deepEqual((await rig().command('secret')).result, ['sesame-open', 'sesame-open', 'sesame-open']);
    assert.equal((await rig().command('environment')).result, null);
  });

  test('cannot send to agents in setup()', async () => {
    await first();
    assert.equal((await rig().command('early')).result, 'not_active');
  });

  test('answers a command that fails, and one that is not there', async () => {
    await first();
    assert.deepEqual(await rig().command('fail'), { status: 'error', result: null, error: 'as asked' });
    assert.match(String((await rig().command('nothing')).error), /no such command: nothing \(known: early, secret/);
  });

  test('answers that a result cannot be sent', async () => {
    await first();
    const { status, error } = await rig().command('odd');
    assert.equal(status, 'error');
    assert.match(String(error), /^the result of odd cannot be sent: a payload is JSON: /);
  });

  for (const phase of ['setup', 'self_test']) {
    test(`says that ${phase} failed, tears down and ends with 1`, async () => {
      const probe = await rig().launch({ welcome: false });
      started.push(probe);
      const failed = rig().status(probe.inst, 'failed');
      await rig().welcome(probe.inst, { config: { fail_in: phase } });
      assert.equal((await failed).phase, phase);
      assert.match(String(((await failed).error as Fields).message), /says no/);
      assert.equal(await probe.exited, 1);
      assert.ok(probe.lines.some((line) => line.includes('torn down')));
    });
  }

  test('says what a bundle exports that has no class Agent', async () => {
    const probe = await rig().launch({ welcome: false, folder: BROKEN });
    started.push(probe);
    const failed = rig().status(probe.inst, 'failed');
    await rig().welcome(probe.inst, {});
    assert.equal((await failed).phase, 'load');
    assert.match(
      String(((await failed).error as Fields).message),
      /logic.(ts must export|py must define) a class Agent .*Agnet \((function|class)\)/,
    );
    assert.equal(await probe.exited, 1);
  });

  test('goes on when a handler leaves errors behind that nobody catches', async () => {
    const probe = await first();
    assert.equal((await rig().command('left-behind')).result, 'left');
    await eventually('both are logged', () => probe.lines.filter((line) => /nobody caught/.test(line)).length === 2);
    assert.equal((await rig().command('environment')).status, 'success');
  });

  test('hands over to another under load, and nothing is lost, doubled or reordered', async (t) => {
    let owner = await first();
    const endLoad = await startLoad(rig(), t, {});
    for (let swaps = 0; swaps < 4; swaps += 1) {
      const next = await candidate(owner);
      const drained = rig().status(owner.inst, 'drained');
      await rig().cut({ to: next, all: [owner, next] });
      await drained;
      await rig().control({ type: 'retire', inst: owner.inst, window: 'closed' });
      assert.equal(await owner.exited, 0);
      owner = next;
    }
    for (const { name, sent, answers } of await endLoad()) {
      const answered = answers.map(({ of }) => of);
      assert.deepEqual(answered, sent, `none of ${name} is lost, doubled or out of order`);
    }
  });

  test('an answer goes to the instance that asked, also while it drains', async () => {
    const old = await first();
    const next = await candidate(old);
    const asked = rig().hear('the question', ({ message }) => (message.payload as Fields)?.command === 'riddle');
    const answered = rig().request({
      type: 'expert.command',
      payload: { command: 'ask', args: { target: 'peer', command: 'riddle' } },
    });
    const question = await asked;
    assert.match(String(question.id), new RegExp(`^${old.inst}\\.ask-`));
    assert.equal(((question.metadata as Fields).chain as string[]).length, 1);
    assert.equal((question.metadata as Fields).ttl, 4);
    await rig().cut({ to: next, all: [old, next] });
    const drained = rig().status(old.inst, 'drained');
    await rig().send({
      type: 'expert.response',
      payload: { result: 'a door' },
      metadata: { correlation_id: question.id },
    });
    assert.equal((await answered).payload.result, 'a door');
    await drained;
  });

  test('tasks run only in the active one, end at the cut, and start again when it is cut back', async () => {
    const old = await first({ name: 'old' });
    await eventually('it ticks', () => ticks('old') > 2);
    const next = await candidate(old, { name: 'next' });
    assert.equal(ticks('next'), 0);
    const drained = rig().status(old.inst, 'drained');
    await rig().cut({ to: next, all: [old, next] });
    await drained;
    const before = ticks('old');
    await eventually('the new one ticks', () => ticks('next') > 2);
    assert.equal(ticks('old'), before);
    next.child.kill('SIGKILL');
    await rig().cut({ to: old, all: [old], adopt: [next] });
    await eventually('the old one ticks again', () => ticks('old') > before + 2);
  });

  test('the drain deadline: cancelled, its message is done again by the new one, flagged', async () => {
    const old = await first({ name: 'old' });
    const next = await candidate(old, { name: 'next' });
    const { answered, letGo } = await held(old, {}, 'user');
    await rig().cut({ to: next, all: [old, next] });
    const cancelled = rig().status(old.inst, 'cancelled');
    await rig().control({ type: 'cancel', inst: old.inst });
    await cancelled;
    await letGo();
    await rig().control({ type: 'adopt', id: randomUUID(), to: next.inst, from: [old.inst] });
    const { payload, metadata } = await answered;
    assert.equal(payload.by, 'next');
    assert.equal(payload.redelivered, true);
    assert.equal(metadata.redelivered, true);
  });

  test('answers whois and ping, and knows that it was verified', async () => {
    const probe = await first();
    await rig().control({ type: 'verified', inst: probe.inst });
    const { state, owner, conn, verified, window, held, hash, nonce } = await whois(probe);
    assert.deepEqual(
      { state, owner, conn, verified, window, held, hash, nonce },
      {
        state: 'ACTIVE',
        owner: probe.inst,
        conn: probe.conn,
        verified: true,
        window: false,
        held: 0,
        hash: `hash-${probe.inst}`,
        nonce: 'w',
      },
    );
    const pong = rig().status(probe.inst, 'pong');
    await rig().control({ type: 'ping', inst: probe.inst, nonce: 'p' });
    assert.equal((await pong).nonce, 'p');
  });

  test('a handler that hangs is given up when it is told to; what waits behind it runs, and a younger one goes on', async () => {
    const probe = await first();
    await rig().send({ payload: { ms: 600_000, echo: 'hangs' } });
    const behind = rig().request({ payload: { echo: 'behind' } });
    await rig().control({ type: 'give_up', inst: probe.inst, seconds: 600 });
    await rig().control({ type: 'give_up', inst: probe.inst + 1, seconds: 0 });
    assert.equal((await rig().request({ from: 'user', payload: { ms: 4_100, echo: 'well' } })).payload.echo, 'well');
    await rig().request({ from: 'user', payload: {} }); // begun only once the one before has ended, and not just answered
    const young = rig().request({ from: 'user', payload: { ms: 200, echo: 'young' } });
    // Far from the age of either: a machine that is busy may take a second to hand this on.
    await rig().control({ type: 'give_up', inst: probe.inst, seconds: 4 });
    assert.equal((await young).payload.echo, 'young');
    assert.equal((await behind).payload.echo, 'behind');
    await printed(probe, /was given up/);
    assert.equal(probe.lines.filter((line) => line.includes('was given up')).length, 1, probe.lines.join('\n'));
  });

  test('nothing that is said on any channel ends it or makes it deaf', async () => {
    const probe = await first();
    const channels = [
      'agent:probe:peer',
      'broadcast:peer',
      'ctl:probe',
      `re:probe:${probe.inst}`,
      `st:probe:${probe.inst + 1}`,
    ];
    for (const channel of channels) {
      const all = rig().redis.pipeline();
      for (const text of hostileTexts().filter((said) => !MEANT.test(said))) all.publish(channel, text);
      await all.exec();
    }
    assert.equal((await rig().request({ payload: { echo: 'still here' } })).payload.echo, 'still here');
    assert.equal(probe.child.exitCode, null);
    assert.equal((await whois(probe)).state, 'ACTIVE');
  });

  test('says that what it sends is too deep', async () => {
    await first();
    for (const levels of [70, 100_000]) {
      const { status, error } = await rig().command('deep', { levels });
      assert.equal(status, 'error');
      assert.match(String(error), /too deep/);
    }
    assert.equal((await rig().command('deep', { levels: 40 })).status, 'success');
  });

  test('takes a live update, and keeps the old values when its hook refuses', async () => {
    const probe = await first();
    const applied = rig().status(probe.inst, 'applied');
    await rig().control({ type: 'config_update', inst: probe.inst, hash: 'h2', soft: softPart('renamed', {}) });
    assert.deepEqual([(await applied).hash, (await applied).error], ['h2', undefined]);
    const refused = rig().status(probe.inst, 'applied');
    await rig().control({
      type: 'config_update',
      inst: probe.inst,
      hash: 'h3',
      soft: softPart('again', { refuse: true }),
    });
    assert.deepEqual([(await refused).hash, (await refused).error], ['h3', 'not this config']);
    assert.equal((await rig().request({ payload: {} })).payload.by, 'renamed');
    assert.equal((await whois(probe)).hash, 'h2');
  });
});
