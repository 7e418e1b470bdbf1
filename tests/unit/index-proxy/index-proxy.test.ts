/** Where a build may go through the proxy: indexes by name and port, and none of them to an address of ours. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { findAllowed, isReachable, readAllowed } from '../../../orchestrator/src/index-proxy/allowed.ts';
import { createIndexProxy } from '../../../orchestrator/src/index-proxy/proxy.ts';
import { startHttpProxy } from '../../support/servers/http-proxy.ts';

const ALLOWED = readAllowed('pypi.org:443 nas.local:3141@home');

test('indexes are read, or refused as a whole', () => {
  assert.deepEqual(ALLOWED, [
    { host: 'pypi.org', port: 443, isOwners: false, isProxied: false },
    { host: 'nas.local', port: 3141, isOwners: true, isProxied: false },
  ]);
  assert.deepEqual(readAllowed('a:1@home@via b:2@via'), [
    { host: 'a', port: 1, isOwners: true, isProxied: true },
    { host: 'b', port: 2, isOwners: false, isProxied: true },
  ]);
  assert.deepEqual(readAllowed(''), []);
  for (const text of ['pypi.org', 'pypi.org:443@lan', 'a/b:1', 'a:1@via@home', ':1', 'a:b'])
    assert.throws(() => readAllowed(text), text);
});

test('only what is on the list is found, by name and port', () => {
  for (const authority of ['pypi.org:443', 'PyPI.org:443', 'nas.local:3141'])
    assert.ok(findAllowed(ALLOWED, authority), authority);
  for (const authority of [
    'pypi.org:80',
    'pypi.org',
    'pypi.org.evil:443',
    'evil.pypi.org:443',
    'pypi.org.:443',
    'pypi.org:443@evil:443',
    'evil@pypi.org:443',
    'pypi.org:0443x',
    'pypi.org:443 HTTP/1.1',
    '[::1]:443',
    '127.0.0.1:3141',
    '',
  ])
    assert.equal(findAllowed(ALLOWED, authority), null, authority);
});

/** Addresses, and whether they are reached for a public index and for one that the owner named. */
const ADDRESSES: [string, boolean, boolean][] = [
  ['151.101.0.223', true, true],
  ['2a04:4e42::223', true, true],
  ['10.0.0.1', false, true],
  ['172.17.0.1', false, true],
  ['192.168.1.1', false, true],
  ['100.64.0.1', false, true],
  ['fd00::1', false, true],
  ['::ffff:10.0.0.1', false, true],
  ['64:ff9b::a00:1', false, true],
  ['127.0.0.1', false, false],
  ['127.1.2.3', false, false],
  ['0.0.0.0', false, false],
  ['169.254.169.254', false, false],
  ['224.0.0.1', false, false],
  ['255.255.255.255', false, false],
  ['::1', false, false],
  ['::', false, false],
  ['::ffff:127.0.0.1', false, false],
  ['fe80::1', false, false],
  ['ff02::1', false, false],
  ['localhost', false, false],
  ['', false, false],
];
for (const [address, asPublic, asOwners] of ADDRESSES) {
  test(`${JSON.stringify(address)} is ${asPublic ? '' : 'not '}reached`, () => {
    assert.deepEqual([isReachable(address, false), isReachable(address, true)], [asPublic, asOwners]);
  });
}

async function listening(t: TestContext, server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** @returns the status of the proxy's answer */
async function asked(port: number, method: string, path: string): Promise<number | undefined> {
  const sent = request({ host: '127.0.0.1', port, method, path, agent: false });
  sent.end();
  return new Promise((resolve, reject) => {
    sent.once('error', reject);
    sent.once('response', (answer) => resolve(answer.resume().statusCode));
    sent.once('connect', (answer, socket) => {
      socket.destroy();
      resolve(answer.statusCode);
    });
  });
}

test('a name that says an address of this host is refused as it connects, whoever named it', async (t) => {
  let heard = 0;
  const inside = await listening(
    t,
    createServer((_, response) => void response.end()).on('connection', () => {
      heard += 1;
    }),
  );
  const refused: string[] = [];
  const port = await listening(
    t,
    createIndexProxy({
      allowed: readAllowed(`localhost:${inside}@home 127.0.0.1:${inside}@home`),
      limits: { connections: 8, bytes: 1024, idleMs: 5_000 },
      onRefused: (line) => refused.push(line),
    }),
  );
  assert.equal(await asked(port, 'CONNECT', `localhost:${inside}`), 502);
  assert.equal(await asked(port, 'CONNECT', `127.0.0.1:${inside}`), 403);
  assert.equal(await asked(port, 'CONNECT', 'example.com:443'), 403);
  assert.equal(await asked(port, 'GET', `http://localhost:${inside}/`), 502);
  assert.equal(await asked(port, 'GET', `http://127.0.0.1:${inside}/`), 403);
  assert.equal(await asked(port, 'GET', '/'), 403);
  assert.equal(await asked(port, 'POST', `http://localhost:${inside}/`), 403);
  assert.equal(heard, 0);
  assert.match(refused.join('\n'), /refused "example\.com:443": it is not a package index of this build/);
});

test('an index behind the proxy of the home is reached through it alone, by its name, and nothing else is', async (t) => {
  const index = createServer((_request, response) => response.end('a wheel'));
  const indexPort = await listening(t, index);
  const home = await startHttpProxy({ password: 's3cret' });
  t.after(() => home.close());
  const proxy = createIndexProxy({
    allowed: readAllowed(`index.test:${indexPort}@via`),
    limits: { connections: 8, bytes: 1000, idleMs: 5_000 },
    upstreams: { http: home.url, https: home.url },
    onRefused: () => {},
  });
  const port = await listening(t, proxy);
  const plain = request({ port, path: `http://index.test:${indexPort}/x`, agent: false }).end();
  const [answer] = await once(plain, 'response');
  assert.equal((await Array.fromAsync(answer)).join(''), 'a wheel');
  const tunnelled = request({ port, method: 'CONNECT', path: `index.test:${indexPort}`, agent: false }).end();
  const [opened, socket] = await once(tunnelled, 'connect');
  assert.equal(opened.statusCode, 200);
  socket.write(`GET /y HTTP/1.1\r\nhost: index.test\r\nconnection: close\r\n\r\n`);
  assert.match((await Array.fromAsync(socket)).join(''), /a wheel/);
  const other = request({ port, method: 'CONNECT', path: 'elsewhere.test:443', agent: false }).end();
  assert.equal((await once(other, 'connect'))[0].statusCode, 403);
  assert.deepEqual(home.asked, [`GET http://index.test:${indexPort}/x`, `CONNECT index.test:${indexPort}`]);
});

test('what the proxy of the home refuses is told', async (t) => {
  const home = await startHttpProxy({ password: 's3cret' });
  t.after(() => home.close());
  const told: string[] = [];
  const proxy = createIndexProxy({
    allowed: readAllowed('index.test:443@via'),
    limits: { connections: 8, bytes: 1000, idleMs: 5_000 },
    upstreams: { http: null, https: home.url.replace('s3cret', 'wrong') },
    onRefused: (line) => told.push(line),
  });
  const port = await listening(t, proxy);
  const asked = request({ port, method: 'CONNECT', path: 'index.test:443', agent: false }).end();
  assert.equal((await once(asked, 'connect'))[0].statusCode, 502);
  assert.match(told.join(), /index\.test:443": the proxy of the home answered 407/);
});
