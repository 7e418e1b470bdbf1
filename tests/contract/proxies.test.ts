/**
 * A home that reaches the world through a proxy: the services' way to a provider, with the check of addresses unweakened,
 * and programs of agents with the variables that they are given.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { Reach } from '../../orchestrator/src/domain/llm/language-model.ts';
import type { AddressClass } from '../../orchestrator/src/domain/network/ip-address.ts';
import { proxiesIn, proxyVariables } from '../../orchestrator/src/domain/network/proxies.ts';
import { trustCa } from '../../orchestrator/src/process/trust-ca.ts';
import { createDoor, type Door } from '../../orchestrator/src/services/llm/provider/fetch.ts';
import { PYTHON, preparePython } from '../run/python.ts';
import { type HttpProxy, startHttpProxy } from '../support/servers/http-proxy.ts';

const run = promisify(execFile);
const tls = (name: string) => new URL(`../support/servers/tls/${name}`, import.meta.url);
/** Documentation's own: nobody is there, so it is the proxy who goes somewhere else. */
const PUBLIC = '203.0.113.7';

describe('through a proxy', () => {
  const own = { http: 0, https: 0, proxy: null as HttpProxy | null };
  const proxy = () => own.proxy as HttpProxy;
  const plain = createHttpServer((request, response) => response.end(JSON.stringify({ host: request.headers.host })));
  const secure = createHttpsServer((request, response) => response.end(JSON.stringify({ host: request.headers.host })));
  before(async () => {
    secure.setSecureContext({ cert: await readFile(tls('server.pem')), key: await readFile(tls('server.key')) });
    await trustCa(tls('ca.pem').pathname, { info() {}, warn: (text) => assert.fail(text) });
    for (const server of [plain, secure]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    own.http = (plain.address() as AddressInfo).port;
    own.https = (secure.address() as AddressInfo).port;
    assert.ok((await preparePython()).ok);
  });
  after(() => {
    for (const server of [plain, secure]) {
      server.close();
      server.closeAllConnections();
    }
  });
  beforeEach(async () => {
    own.proxy = await startHttpProxy();
  });
  afterEach(() => proxy().close());

  /** A name server that says this of every name. */
  const saying = (address: string): LookupFunction =>
    ((_name: string, options: { all?: boolean }, done: (...told: unknown[]) => void) =>
      options.all ? done(null, [{ address, family: 4 }]) : done(null, address, 4)) as LookupFunction;
  const classOf = (address: string): AddressClass => (address === PUBLIC ? 'public' : 'private');
  const ask = async (url: string, reach: Reach, { none = '', ...more }: Partial<Door> & { none?: string } = {}) => {
    const proxies = proxiesIn({ HTTP_PROXY: proxy().url, HTTPS_PROXY: proxy().url, NO_PROXY: none });
    const post = createDoor({ classOf, proxies, ...more })(reach);
    const signal = new AbortController().signal;
    const { body } = await post({ url, headers: {}, body: '{}', key: null, signal });
    return Buffer.concat(await Array.fromAsync(body)).toString();
  };
  const nobody: LookupFunction = ((_name: string, _options: unknown, done: (error: Error) => void) =>
    done(new Error('no name server was to be asked'))) as unknown as LookupFunction;

  test('the system’s own model is asked for by its name, which the proxy resolves', async () => {
    const at = `model.test:${own.https}`;
    assert.equal(await ask(`https://${at}/v1`, 'owner', { lookup: nobody }), `{"host":"${at}"}`);
    assert.deepEqual(proxy().asked, [`CONNECT ${at}`]);
  });

  test('plain HTTP, too', async () => {
    const at = `model.test:${own.http}`;
    assert.equal(await ask(`http://${at}/v1`, 'owner', { lookup: nobody }), `{"host":"${at}"}`);
    assert.deepEqual(proxy().asked, [`POST http://${at}/v1`]);
  });

  test('what a bundle names is looked up and checked here, and the proxy is asked for that very address', async () => {
    const at = `model.test:${own.https}`;
    assert.equal(await ask(`https://${at}/v1`, 'public', { lookup: saying(PUBLIC) }), `{"host":"${at}"}`);
    assert.deepEqual(proxy().asked, [`CONNECT ${PUBLIC}:${own.https}`]);
    const plainly = `model.test:${own.http}`;
    assert.equal(
      await ask(`http://${plainly}/v1`, 'public', { lookup: saying(PUBLIC) }),
      `{"host":"${PUBLIC}:${own.http}"}`,
    );
    assert.equal(proxy().asked[1], `POST http://${PUBLIC}:${own.http}/v1`);
  });

  test('an address that it may not reach is refused before the proxy hears of it', async () => {
    for (const url of [`https://model.test:${own.https}/`, `http://model.test:${own.http}/`, 'http://10.0.0.5/'])
      await assert.rejects(ask(url, 'public', { lookup: saying('10.0.0.5') }), { code: 'refused' });
    assert.deepEqual(proxy().asked, []);
  });

  test('what NO_PROXY names is reached directly', async () => {
    const at = `model.test:${own.https}`;
    const lookup = saying('127.0.0.1');
    assert.equal(await ask(`https://${at}/`, 'owner', { lookup, none: '.test' }), `{"host":"${at}"}`);
    assert.deepEqual(proxy().asked, []);
  });

  test('a password in its URL is given to it, and no other gets by', async () => {
    await proxy().close();
    own.proxy = await startHttpProxy({ password: 's3cret' });
    const at = `model.test:${own.https}`;
    assert.equal(await ask(`https://${at}/`, 'owner', { lookup: nobody }), `{"host":"${at}"}`);
    own.proxy = { ...proxy(), url: proxy().url.replace('s3cret', 'wrong') };
    await assert.rejects(ask(`https://${at}/`, 'owner', { lookup: nobody }));
  });

  const PROGRAMS: [string, () => string, (url: string) => string[]][] = [
    ['Node', () => process.execPath, (url) => ['-e', `fetch('${url}').then((r) => r.text()).then(console.log)`]],
    [
      'Python',
      () => PYTHON,
      (url) => ['-c', `import urllib.request; print(urllib.request.urlopen("${url}").read().decode())`],
    ],
  ];
  for (const [name, program, args] of PROGRAMS) {
    test(`${name} of an agent goes through it with what the agent is given`, async () => {
      const proxies = proxiesIn({ http_proxy: proxy().url, https_proxy: proxy().url, no_proxy: '.home' });
      const env = { PATH: process.env.PATH ?? '', NODE_NO_WARNINGS: '1', ...proxyVariables(proxies) };
      const secured = { ...env, NODE_EXTRA_CA_CERTS: tls('ca.pem').pathname, SSL_CERT_FILE: tls('ca.pem').pathname };
      const at = `model.test:${own.https}`;
      assert.equal((await run(program(), args(`https://${at}/`), { env: secured })).stdout.trim(), `{"host":"${at}"}`);
      assert.deepEqual(proxy().asked, [`CONNECT ${at}`]);
    });
  }
});
