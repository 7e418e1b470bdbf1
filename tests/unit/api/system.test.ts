/** Status, the OpenAPI document, and what is refused below the routes. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { NOON } from '../../support/builders/registry-events.ts';
import { AUTH, apiRig, listening } from '../../support/harness/api-rig.ts';

test('status says how the system is, and why it is degraded', async () => {
  const { app, registry } = apiRig();
  const read = async () => (await app.inject({ url: '/api/status', headers: AUTH })).json<Record<string, unknown>>();
  assert.deepEqual(await read(), {
    engine: { version: '26.1' },
    status: 'ok',
    reasons: [],
    version: '9.9.9',
    started_at: NOON,
    uptime_seconds: 0,
    troubles: [],
    agents: { active: 1 },
  });
  registry.apply({ at: NOON, type: 'system', key: 'folder', ok: false, because: 'it is empty' });
  const degraded = await read();
  assert.equal(degraded.status, 'degraded');
  assert.deepEqual(degraded.reasons, ['folder: it is empty']);
  await app.close();
});

test('the OpenAPI document is 3.1, and its schemas are those that check', async () => {
  const { app } = apiRig();
  const document = (await app.inject({ url: '/openapi.json', headers: AUTH })).json<OpenApi>();
  assert.match(document.openapi, /^3\.1\./);
  const messages = document.paths['/api/agents/{id}/messages']?.post;
  assert.ok(messages);
  assert.deepEqual(
    messages.parameters.map(({ name, in: where }) => `${where} ${name}`),
    ['path id', 'query wait'],
  );
  assert.equal(messages.parameters[1]?.schema.maximum, 300);
  assert.deepEqual(Object.keys(messages.responses), [
    '200',
    '202',
    '400',
    '401',
    '403',
    '404',
    '409',
    '500',
    '502',
    '503',
    '504',
  ]);
  assert.deepEqual(document.paths['/healthz']?.get?.security, []);
  assert.ok(!JSON.stringify(document).includes('$defs'));
  await app.close();
});

interface OpenApi {
  openapi: string;
  paths: Record<string, Record<'get' | 'post', Operation | undefined> | undefined>;
}
interface Operation {
  security?: unknown;
  parameters: { name: string; in: string; schema: { maximum?: number } }[];
  responses: Record<string, unknown>;
}

test('what the HTTP parser refuses is a problem document too', async () => {
  const rig = apiRig();
  const { port } = new URL(await listening(rig));
  const answerTo = async (request: string) => {
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(request);
    return text(socket);
  };
  const garbage = await answerTo('NONSENSE\r\n\r\n');
  assert.match(garbage, /^HTTP\/1\.1 400 Bad Request\r\n/);
  assert.match(garbage, /application\/problem\+json/);
  assert.match(garbage, /"code":"bad_request"/);
  const headers = await answerTo(`GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`);
  assert.match(headers, /^HTTP\/1\.1 431 /);
  assert.match(headers, /"code":"headers_too_large"/);
  await rig.app.close();
});

test('a slow request has a deadline, a slow answer has none', async () => {
  const { app } = apiRig();
  assert.equal(app.server.requestTimeout, 30_000);
  assert.equal(app.server.headersTimeout, 10_000);
  assert.equal(app.server.timeout, 0);
  await app.close();
});
