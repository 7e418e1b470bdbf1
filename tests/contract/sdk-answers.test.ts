/** Every path of a handler answers whoever waits, in an SDK's real processes on a real Redis: a result, or an excuse. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ON_REDIS, probesOnRedis } from '../support/harness/sdk-probes.ts';
import { type Fields, SDK, softPart } from '../support/harness/sdk-rig.ts';

const FOLDER = fileURLToPath(new URL(`../bundles/ender${SDK === 'python' ? '-python' : ''}`, import.meta.url));

/** How a handler ends, what the error of a command says, and what an excuse says that is no answer to a command. */
const FAILURES: readonly [how: string, error: RegExp, excuse?: RegExp][] = [
  ['error', /^the lamp is broken$/, /its code failed \(the lamp is broken\)/],
  ['missing key', /KeyError: '?id/, /its code failed \(KeyError: '?id/],
  ['no error', /^(null was thrown|NoError)$/, /its code failed \((null was thrown|NoError)\)/],
  ['a word', /^just a word$/, /its code failed \(just a word\)/],
  ['exit', /^(undefined was thrown|SystemExit: 3)$/, /its code failed/],
  ['cancelled', /aborted|was cancelled by its own code/, /aborted|was cancelled by its own code/],
  ['unshowable', /cannot be shown|without a word/, /cannot be shown|without a word/],
  ['exhausted', /next\(\) found nothing more|StopIteration/, /its code failed/],
  ['rejected', /^the lamp is broken$/, /its code failed \(the lamp is broken\)/],
];
/** What a handler returns or sends that cannot go over the bus. */
const UNSENDABLE: readonly [how: string, error: RegExp][] = [
  ['circle', /circular|too deep|contain/i],
  ['set', /set/i],
  ['not a number', /nan|float/i],
  ['bytes', /bytes|buffer|array/i],
  ['a big number', /send it as text|complex/],
  ['getter', /a getter that fails|object/],
  ['deep', /too deep/],
  ['large', /1 MiB|1048576|too large|bytes/],
];
/** Only commands look at what JSON would write as something else: what a message says is its sender's. */
const WRITTEN_BY_JAVASCRIPT = new Set(['set', 'bytes']);

describe(`whoever waits is answered (${SDK})`, ON_REDIS, () => {
  const { rig, first } = probesOnRedis();
  const ender = () => first({ folder: FOLDER, soft: softPart('Ender', {}) });
  const end = (how: string) => rig().command('end', { how });
  const say = (payload: Fields, more: Fields = {}) =>
    rig().request({ type: 'user_message', from: 'user', payload, ...more });
  const excuseOf = async (answer: Promise<{ type: string; payload: Fields }>) => {
    const { type, payload } = await answer;
    assert.deepEqual([type, payload.role], ['narrative.text', 'system'], JSON.stringify(payload));
    assert.match(String(payload.content), /^Ender could not answer: .*`\.\/hairem logs probe` says more\.$/s);
    return String(payload.content);
  };

  test('a command that fails in any way', async () => {
    await ender();
    for (const [how, error] of FAILURES) {
      const said = await end(how);
      assert.equal(said.status, 'error', how);
      assert.match(String(said.error), error, how);
    }
    assert.deepEqual(await end('nothing'), { status: 'success', result: null, error: null });
  });

  test('a command whose result cannot be sent', async () => {
    await ender();
    for (const [how, error] of UNSENDABLE) {
      const said = await end(how);
      assert.equal(said.status, 'error', how);
      assert.match(String(said.error), /^the result of end cannot be sent: /, how);
      assert.match(String(said.error), error, how);
    }
  });

  test('a message whose handler fails in any way', async () => {
    await ender();
    for (const [how, , excuse = /./] of FAILURES) {
      assert.match(await excuseOf(say({ content: how, how })), excuse, how);
    }
  });

  test('a message whose answer cannot be sent, awaited by its handler or not', async () => {
    await ender();
    for (const [how, error] of UNSENDABLE) {
      if (SDK === 'node' && WRITTEN_BY_JAVASCRIPT.has(how)) continue;
      for (const unawaited of [false, true]) {
        assert.match(await excuseOf(say({ content: how, how, unawaited })), error, how);
      }
    }
  });

  test('a command that nothing answers, and a question of any type that fails', async () => {
    await ender();
    const { status, error } = await rig().command('dance');
    assert.equal(status, 'error');
    assert.match(String(error), /nothing in it answers the command dance \(known: end, history, sleep\)/);
    const id = `7.ask-${randomUUID()}`;
    const answered = rig().hear(
      'an answer',
      ({ message: { metadata } }) => (metadata as Fields)?.correlation_id === id,
    );
    await rig().send({ id, type: 'weather.request', payload: { how: 'error' } });
    const { payload } = (await answered) as { payload: Fields };
    assert.match(String(payload.content), /its code failed/);
  });

  test('one that is stopped, or given up, while it works', async () => {
    const probe = await ender();
    const asked = say({ content: 'x', ms: 60_000 });
    await rig().control({ type: 'give_up', inst: probe.inst, seconds: 0 });
    assert.match(await excuseOf(asked), /it took more than 0 s and was given up/);
    const commanded = rig().command('sleep', { ms: 60_000 });
    await rig().control({ type: 'stop', inst: probe.inst }); // on the same connection: behind the command
    assert.match(String((await commanded).error), /it was stopped while it worked on this/);
    assert.equal(await probe.exited, 0);
  });

  test('nobody else is told, and no history keeps an excuse', async () => {
    await ender();
    const metadata = { correlation_id: 'm' };
    await rig().send({ type: 'narrative.text', payload: { content: 'a', how: 'error' }, metadata });
    await rig().send({ type: 'system.log', payload: { how: 'error' } });
    await excuseOf(say({ content: 'hello', how: 'error' }));
    const told = rig().heard.filter(({ message: { payload } }) => (payload as Fields | undefined)?.role === 'system');
    const before = told.filter(({ channel }) => channel === 'agent:peer:probe').length;
    await rig().send({ type: 'narrative.text', payload: { content: 'a peer excuses itself', role: 'system' } });
    assert.deepEqual((await rig().command('history')).result, ['user: a', 'user: hello']);
    assert.equal(before, 1, 'that of the question before');
  });
});
