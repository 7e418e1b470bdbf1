/** What a call of a language model may reach: the address is checked where it is connected to, whatever its name says. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import type { Reach } from '../../orchestrator/src/domain/llm/language-model.ts';
import { failure, type How, hostile, settings, ways } from '../support/servers/hostile-calls.ts';
import { page } from '../support/servers/hostile-provider.ts';

describe('what a call may reach', () => {
  const reaching = (baseUrl: string, reach: Reach, how: How = {}) => ways.whole(settings({ baseUrl, reach }), how);
  const at = (host: string) => `http://${host}:${hostile.server.port}/v1`;

  for (const reach of ['public', 'granted'] as const) {
    for (const host of [
      '127.0.0.1',
      '2130706433',
      '0x7f.1',
      '0',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '169.254.169.254',
      '10.201.0.3',
    ]) {
      test(`${host} is never connected to (${reach})`, async () => {
        const { code, message } = await failure(reaching(at(host), reach));
        assert.equal(code, 'refused');
        assert.match(message, /no address of the internet.*model_addresses/);
        assert.equal(hostile.tries, 0);
        assert.equal(hostile.server.connections(), 0);
      });
    }

    test(`a name that leads there is never connected to (${reach})`, async () => {
      for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.201.0.3', '169.254.169.254', '0.0.0.0']) {
        const names = () => [address];
        assert.equal((await failure(reaching(at('models.example'), reach, { names }))).code, 'refused');
        const mixed = () => ['93.184.216.34', address];
        assert.equal((await failure(reaching(at('models.example'), reach, { names: mixed }))).code, 'refused');
      }
      assert.equal(hostile.server.connections(), 0);
    });
  }

  test('an address in the house is connected to where the owner granted it', async () => {
    const names = () => ['127.0.0.1'];
    const classOf = () => 'private' as const; // as if it were 192.168.1.5
    assert.equal((await failure(reaching(at('nas'), 'public', { names, classOf }))).code, 'refused');
    assert.equal(hostile.server.connections(), 0);
    await failure(reaching(at('nas'), 'granted', { names, classOf }));
    assert.ok(hostile.server.connections() > 0);
  });

  test('a name server that changes its mind is asked once for each connection, and that answer is used', async () => {
    const answers = ['127.0.0.1', '10.201.0.3'];
    let asked = 0;
    const names = () => [answers[asked++] ?? '10.201.0.3'];
    const classOf = (address: string) => (address === '127.0.0.1' ? ('public' as const) : ('never' as const));
    hostile.server.mood = page('application/json', '{"error":{"message":"no"}}', 400);
    assert.equal((await failure(reaching(at('models.example'), 'public', { names, classOf }))).code, 'bad_request');
    assert.deepEqual([asked, hostile.server.connections()], [1, 1]);
    assert.equal((await failure(reaching(at('models.example'), 'public', { names, classOf }))).code, 'refused');
    assert.equal(hostile.server.connections(), 1);
  });

  test('no proxy of the environment is taken', async (t) => {
    const proxy = createServer((socket) => socket.destroy());
    let met = 0;
    proxy.on('connection', () => {
      met += 1;
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    t.after(() => proxy.close());
    const address = proxy.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    const names = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
    for (const name of names) process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : url;
    t.after(() => {
      for (const name of names) delete process.env[name];
    });
    await failure(ways.whole());
    assert.equal(met, 0);
    assert.ok(hostile.server.connections() > 0);
  });
});
