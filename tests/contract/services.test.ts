/**
 * An SDK's agents, Node's unless `HAIREM_TEST_SDK` says another, and the services as processes on a real Redis: rule 14
 * of BUS.md when the services are killed, and when an agent's instance is.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Redis } from 'ioredis';
import { eventually } from '../support/eventually.ts';
import { ON_REDIS, probesOnRedis } from '../support/harness/sdk-probes.ts';
import { type Fields, SDK } from '../support/harness/sdk-rig.ts';
import { prepareServices, type ServicesProcess } from '../support/harness/services-process.ts';

/** Counts what the services say to instances. */
async function countAnswers(redis: Redis): Promise<{ count: number; stop(): void }> {
  const ears = redis.duplicate();
  const heard = { count: 0, stop: () => ears.disconnect() };
  ears.on('pmessage', (_pattern, _channel, text: string) => {
    if (text.includes('"reply"')) heard.count += 1;
  });
  await ears.psubscribe('re:*');
  return heard;
}

describe(`services (${SDK})`, ON_REDIS, () => {
  const { rig, first, candidate } = probesOnRedis();
  const own: { services: ServicesProcess | null } = { services: null };
  const services = () => own.services as ServicesProcess;
  const result = async (command: string, args: Fields, deadlineMs?: number) => {
    const { status, result, error } = await rig().command(command, args, deadlineMs);
    assert.equal(status, 'success', String(error));
    return result;
  };
  before(async () => {
    own.services = await prepareServices(rig().redis, rig().server.port);
    await services().start();
  });
  after(() => own.services?.remove());

  test('an agent remembers, recalls and queries', async () => {
    await first();
    await result('remember', { from: 0, to: 3 });
    const found = (await result('recall', { query: 'number 2', limit: 1 })) as Fields[];
    assert.deepEqual(
      found.map(({ content, tags }) => ({ content, tags })),
      [{ content: 'number 2 of many', tags: ['n'] }],
    );
    const surql = 'CREATE light:kitchen SET on = $on; SELECT VALUE on FROM light';
    const [created, on] = (await result('query', { surql, vars: { on: true } })) as [Fields[], unknown];
    assert.deepEqual([created, on], [[{ id: 'light:kitchen', on: true }], [true]]);
    await result('query', { surql: 'REMOVE TABLE light; DELETE memory' });
  });

  test('what it refuses comes as a clear error', async () => {
    await first();
    const { status, error } = await rig().command('query', { surql: 'SELEC 1' });
    assert.equal(status, 'error');
    assert.match(String(error), /SELEC is not for agents; a query may say SELECT, CREATE/);
    const broken = await rig().command('query', { surql: 'SELECT FROM' });
    assert.match(String(broken.error), /Parse error/);
    const outside = await rig().command('query', { surql: 'USE DB bob; SELECT * FROM memory' });
    assert.match(String(outside.error), /USE is not for agents/);
  });

  test('whole numbers of 64 bits go to a query and come back, and to another agent they go as text', async () => {
    await first();
    for (const digits of ['9007199254740993', '1144027923840143361', '-9223372036854775808']) {
      assert.equal(await result('number', { digits }), digits);
    }
    const larger = await rig().command('number', { digits: '9223372036854775808' });
    assert.match(String(larger.error), /9223372036854775808.* is more than 64 bits: keep it as text/);
    const said = await rig().command('query', { surql: 'RETURN 1144027923840143361' });
    assert.match(String(said.error), /cannot be sent.*1144027923840143361.* is more than a number.*: send it as text/);
  });

  test('who floods them is told to the orchestrator, and others are served', async () => {
    await first();
    const request = (n: number) => JSON.stringify({ type: 'request', id: `${n}`, op: 'recall', args: { query: 'x' } });
    const flood = rig().redis.pipeline();
    for (let n = 0; n < 4_500; n += 1) flood.publish('svc:memory:wolf:3', request(n));
    await flood.exec();
    await eventually('both words are said', () => {
      const words = services().lines.filter((line) => line.startsWith('overheard '));
      const ends = words
        .map((line) => JSON.parse(line.slice('overheard '.length)))
        .filter(({ agent }) => agent === 'wolf');
      return ends.map((word) => word.ends).join() === 'false,true';
    });
    await result('remember', { from: 0, to: 1 });
    await result('query', { surql: 'DELETE memory' });
  });

  test('a candidate asks them in its setup()', async () => {
    const old = await first();
    await candidate(old, { config: { remember_in_setup: 'from the setup' } });
    const found = (await result('recall', { query: 'setup', limit: 5 })) as Fields[];
    assert.deepEqual(
      found.map(({ content }) => content),
      ['from the setup'],
    );
    await result('query', { surql: 'DELETE memory' });
  });

  test('killed again and again during 1,000 remembers: each is answered once and stored once', async () => {
    await first();
    const answers = await countAnswers(rig().redis);
    // Askers have waited 0.5 s, 1 s, 2 s, 4 s by the third time: that is most of it, where the machine is quick.
    const remembering = result('remember', { from: 0, to: 1000 }, 60_000);
    for (const when of [100, 250, 400]) {
      await eventually(`${when} are answered`, () => answers.count >= when, { intervalMs: 5 });
      await services().kill();
      assert.ok(answers.count < 1000, 'it was killed in the middle');
      await services().start();
    }
    const ids = (await remembering) as string[];
    answers.stop();
    assert.equal(new Set(ids).size, 1000);
    const surql = 'SELECT VALUE content FROM memory';
    const [contents] = (await result('query', { surql })) as [string[]];
    assert.equal(contents.length, 1000);
    assert.equal(new Set(contents).size, 1000);
    await result('query', { surql: 'DELETE memory' });
  });

  test('a message that is handled twice remembers once, and queries once', async () => {
    const old = await first();
    const next = await candidate(old);
    await result('query', { surql: 'UPSERT counter:a SET n = 0' });
    const surql = 'UPDATE counter:a SET n += 1; FOR $i IN 0..300000 { LET $x = $i }'; // takes most of a second
    const answered = rig().request({ type: 'expert.command', payload: { command: 'query', args: { surql } } });
    await eventually('it is under way', async () => (await rig().redis.client('LIST')) !== '');
    await new Promise((resolve) => setTimeout(resolve, 200)); // the query counts in its transaction
    await rig().cut({ to: next, all: [next], adopt: [old] });
    assert.equal((await answered).payload.status, 'success');
    const [, n] = (await result('query', { surql: 'RETURN 1; RETURN counter:a.n' })) as unknown[];
    assert.equal(n, 1);
  });

  test('an answer comes late while they are away, and is not lost', async () => {
    await first();
    await services().kill();
    const remembering = result('remember', { from: 0, to: 1 });
    await new Promise((resolve) => setTimeout(resolve, 700)); // it has asked twice by now
    await services().start();
    assert.equal(((await remembering) as string[]).length, 1);
  });
});
