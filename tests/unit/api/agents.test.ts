/** Reading records: list, filters, ETag, one record, updates, plan. */
import assert from 'node:assert/strict';
import { after as afterAll, test } from 'node:test';
import { recordSchema } from '../../../orchestrator/src/api/record-schema.ts';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { desired, eventOf, PROBLEM, updateOf } from '../../support/builders/registry-events.ts';
import { AUTH, apiRig } from '../../support/harness/api-rig.ts';

const { app, registry, control, logged } = apiRig();
afterAll(() => app.close());
registry.apply(eventOf({ type: 'invalid', problems: [PROBLEM] }, { agent: 'broken' }));
registry.apply(eventOf(desired('h1'), { agent: 'renarde' }));
registry.apply(eventOf({ type: 'update', update: updateOf() }));

const get = (url: string, headers: Record<string, string> = {}) =>
  app.inject({ url, headers: { ...AUTH, ...headers } });
const ids = async (url: string) => (await get(url)).json<{ id: string }[]>().map(({ id }) => id);

test('the list has every record, and each follows its schema', async () => {
  const response = await get('/api/agents');
  assert.equal(response.statusCode, 200);
  assert.match(String(response.headers['content-type']), /^application\/json/);
  const records = response.json<unknown[]>().map((record) => recordSchema.strict().parse(record));
  assert.deepEqual(
    records.map(({ id, status }) => [id, status]),
    [
      ['broken', 'invalid'],
      ['echo', 'active'],
      ['renarde', 'starting'],
    ],
  );
});

test('filters narrow it', async () => {
  assert.deepEqual(await ids('/api/agents?status=active'), ['echo']);
  assert.deepEqual(await ids('/api/agents?status=active,starting'), ['echo', 'renarde']);
  assert.deepEqual(await ids('/api/agents?capability=echo'), ['echo', 'renarde']);
  assert.deepEqual(await ids('/api/agents?type=expert&status=active'), ['echo']);
  assert.deepEqual(await ids('/api/agents?type=none'), []);
});

test('a bad filter is a problem that names it', async () => {
  const response = await get('/api/agents?status=awake');
  assert.equal(response.statusCode, 400);
  assert.match(String(response.headers['content-type']), /^application\/problem\+json/);
  const document = response.json<{ code: string; detail: string; status: number }>();
  assert.equal(document.code, 'bad_request');
  assert.equal(document.status, 400);
  assert.match(document.detail, /query\.status/);
  assert.match((await get('/api/agents?colour=red')).json<{ detail: string }>().detail, /colour/);
});

test('If-None-Match gives 304 until something changes', async () => {
  const etag = String((await get('/api/agents')).headers.etag);
  for (const tag of [etag, etag.replace('W/', ''), `"x", ${etag}`, '*']) {
    const same = await get('/api/agents', { 'if-none-match': tag });
    assert.equal(same.statusCode, 304, tag);
    assert.equal(same.body, '');
  }
  assert.equal((await get('/api/agents/echo', { 'if-none-match': etag })).statusCode, 304);
  registry.apply(eventOf({ type: 'warning', key: 'k', message: 'm' }));
  assert.equal((await get('/api/agents', { 'if-none-match': etag })).statusCode, 200);
});

test('one record, its updates, its plan', async () => {
  assert.equal((await get('/api/agents/echo')).json<{ id: string }>().id, 'echo');
  assert.deepEqual((await get('/api/agents/echo/updates')).json(), [updateOf()]);
  const plan = await get('/api/agents/echo/plan');
  assert.match(String(plan.headers['content-type']), /^text\/plain/);
  assert.equal(plan.body, 'nothing to do for echo\n');
});

test('an unknown agent is 404 everywhere, and its name is not echoed raw', async () => {
  for (const path of ['', '/updates', '/plan', '/logs']) {
    const response = await get(`/api/agents/nobody${path}`);
    assert.equal(response.statusCode, 404, path);
    assert.equal(response.json<{ code: string }>().code, 'not_found');
  }
  const odd = await get('/api/agents/%1B%5B31mred');
  assert.equal(odd.json<{ detail: string }>().detail, 'there is no agent "red"');
  assert.equal((await get('/api/agents/__proto__')).statusCode, 404);
});

test('what is unknown is logged whole and hidden from the client', async () => {
  const secret = new TypeError('password is hunter2');
  control.fail(secret);
  const response = await get('/api/agents/echo/plan');
  assert.equal(response.statusCode, 500);
  assert.equal(response.json<{ code: string }>().code, 'internal');
  assert.ok(!response.body.includes('hunter2'));
  assert.ok(logged.some(({ level, fields }) => level === 'error' && fields.error === secret));
  control.fail(new HairemError('build_failed', 'npm ci failed', { log: ['\u001b[31mERR!\u001b[0m missing'] }));
  const known = await get('/api/agents/echo/plan');
  assert.equal(known.statusCode, 502);
  assert.deepEqual(known.json<{ log: string[] }>().log, ['ERR! missing']);
});

test('each request is one log line, without its query', () => {
  const lines = logged.filter(({ message }) => message === 'request');
  assert.ok(lines.length > 10);
  assert.ok(lines.every(({ fields }) => !String(fields.path).includes('?')));
});
