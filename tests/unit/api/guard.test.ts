/** Default deny: every route wants the token, known hosts pass, foreign origins change nothing. */
import assert from 'node:assert/strict';
import { after as afterAll, test } from 'node:test';
import { PROBLEMS } from '../../../orchestrator/src/api/problems.ts';
import { type ApiRig, AUTH, apiRig, TOKEN } from '../../support/harness/api-rig.ts';

const rig = apiRig({ hosts: ['nas.local'], origins: ['https://panel.example'] });
const { app, control } = rig;
afterAll(() => app.close());

/** Every route that is really registered, from the router's own tree. */
async function registeredRoutes({ app: server }: ApiRig): Promise<{ method: 'GET' | 'POST' | 'PATCH'; url: string }[]> {
  await server.ready();
  const parents: string[] = [];
  return server
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const [, indent = '', segment = '', methods = ''] = /^([│├└─\s]*)(\S+)(?: \(([A-Z, ]+)\))?$/u.exec(line) ?? [];
      const depth = indent.length / 4;
      parents[depth] = (depth > 1 ? (parents[depth - 1] ?? '') : '') + segment;
      const url = parents[depth] ?? '';
      return methods === '' ? [] : methods.split(', ').map((method) => ({ method: method as 'GET', url }));
    });
}

test('without a token, or with a wrong one, every route but /healthz answers 401 and does nothing', async () => {
  const routes = await registeredRoutes(rig);
  assert.ok(routes.length >= 16, `found ${routes.length} routes`);
  for (const { method, url } of routes) {
    if (url === '/healthz') continue;
    const path = url.replace(':id', 'echo');
    for (const headers of [
      {},
      { authorization: `Bearer ${TOKEN}x` },
      { authorization: `Basic ${TOKEN}` },
      { authorization: TOKEN },
    ]) {
      const response = await app.inject({ method, url: path, headers });
      assert.equal(response.statusCode, 401, `${method} ${path}`);
      assert.equal(response.json<{ code: string }>().code, 'unauthorized');
      assert.equal(response.headers['www-authenticate'], 'Bearer');
    }
  }
  assert.deepEqual(control.calls, []);
});

test('every registered route is described, and every described route is registered', async () => {
  const described = (await app.inject({ url: '/openapi.json', headers: AUTH })).json<{
    paths: Record<string, object>;
  }>();
  const fromDocument = Object.entries(described.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const fromRouter = (await registeredRoutes(rig)).map(({ method, url }) => `${method} ${url.replace(':id', '{id}')}`);
  assert.deepEqual(fromDocument.sort(), fromRouter.sort());
});

test('paths that do not exist want the token too', async () => {
  for (const url of ['/', '/nothing', '/api', '/api/agents/', '/api/agents/echo/nothing', '//healthz', '/Healthz'])
    assert.equal((await app.inject({ url })).statusCode, 401, url);
  const known = await app.inject({ url: '/nothing', headers: AUTH });
  assert.equal(known.statusCode, 404);
  assert.equal(known.json<{ code: string }>().code, 'not_found');
  assert.equal((await app.inject({ method: 'DELETE', url: '/api/agents/echo', headers: AUTH })).statusCode, 404);
});

test('/healthz needs no token, only a host that is ours', async () => {
  assert.deepEqual((await app.inject({ url: '/healthz' })).json(), { status: 'ok' });
  assert.equal((await app.inject({ url: '/healthz', headers: { host: 'evil.example' } })).statusCode, 403);
});

test('addresses, localhost and listed names are our hosts; other names are not', async () => {
  const status = async (host: string) =>
    (await app.inject({ url: '/api/agents', headers: { ...AUTH, host } })).statusCode;
  for (const host of [
    'localhost',
    'localhost:8000',
    '127.0.0.1:8000',
    '192.168.1.5:8000',
    '[::1]:8000',
    'NAS.local',
    'nas.local.:80',
  ])
    assert.equal(await status(host), 200, host);
  for (const host of [
    'evil.example',
    'nas.local.evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '127.0.0.1@evil',
    'localhost:port',
  ])
    assert.equal(await status(host), 403, host);
});

test('a foreign origin changes nothing; our own, a listed one, and none at all may', async () => {
  const status = async (headers: Record<string, string>) => {
    const response = await app.inject({
      method: 'POST',
      url: '/api/agents/echo/restart',
      headers: { ...AUTH, ...headers },
    });
    return response.statusCode;
  };
  for (const origin of ['https://evil.example', 'null', 'http://localhost:9999', 'not a url'])
    assert.equal(await status({ origin, host: 'localhost:8000' }), 403, origin);
  assert.deepEqual(control.calls, []);
  assert.equal(await status({ origin: 'http://localhost:8000', host: 'localhost:8000' }), 202);
  assert.equal(await status({ origin: 'https://panel.example', host: 'localhost:8000' }), 202);
  assert.equal(await status({ host: 'localhost:8000' }), 202);
});

test('CORS answers listed origins alone', async () => {
  const preflight = { origin: 'https://panel.example', 'access-control-request-method': 'POST' };
  const allowed = await app.inject({ method: 'OPTIONS', url: '/api/agents/echo/restart', headers: preflight });
  assert.equal(allowed.statusCode, 204);
  assert.equal(allowed.headers['access-control-allow-origin'], 'https://panel.example');
  const foreign = await app.inject({
    method: 'OPTIONS',
    url: '/api/agents',
    headers: { ...preflight, origin: 'https://evil.example' },
  });
  assert.equal(foreign.statusCode, 401);
  assert.equal(foreign.headers['access-control-allow-origin'], undefined);
  const read = await app.inject({ url: '/api/agents', headers: { ...AUTH, origin: 'https://panel.example' } });
  assert.equal(read.headers['access-control-allow-origin'], 'https://panel.example');
  assert.equal(read.headers.vary, 'Origin');
});

test('double encodings, escaped separators and broken escapes are refused', async () => {
  for (const url of [
    '/api/agents/%2565cho',
    '/api/agents/..%2fecho',
    '/api/agents/a%5Cb',
    '/api/agents/echo%00',
    '/api/agents/%zz',
    '/%25healthz',
  ]) {
    const response = await app.inject({ url, headers: AUTH });
    assert.equal(response.statusCode, 400, url);
    assert.equal(response.json<{ code: string }>().code, 'bad_request', url);
  }
});

test('every answer carries the headers that keep browsers from guessing', async () => {
  for (const url of ['/healthz', '/api/agents', '/nothing', '/api/agents/%zz']) {
    const { headers } = await app.inject({ url });
    assert.equal(headers['x-content-type-options'], 'nosniff', url);
    assert.match(String(headers['content-security-policy']), /default-src 'none'/);
    assert.equal(headers['access-control-allow-origin'], undefined);
  }
});

test('each code has a status that fits and a title', () => {
  for (const [code, { status, title }] of Object.entries(PROBLEMS)) {
    assert.ok(status >= 400 && status <= 504, code);
    assert.ok(title.length > 5, code);
  }
});
