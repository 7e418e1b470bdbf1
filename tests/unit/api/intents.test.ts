/** Writing: intents and messages reach the control as given, errors come back as their codes. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { PROBLEMS } from '../../../orchestrator/src/api/problems.ts';
import { type ErrorCode, HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { eventOf } from '../../support/builders/registry-events.ts';
import { type ApiRig, AUTH, apiRig } from '../../support/harness/api-rig.ts';

let rig: ApiRig;
beforeEach(() => {
  rig = apiRig();
});
afterEach(() => rig.app.close());

const post = (url: string, payload?: object) =>
  rig.app.inject({ method: 'POST', url, headers: AUTH, ...(payload ? { payload } : {}) });

test('each intent is recorded and answered with 202', async () => {
  for (const intent of ['reload', 'restart', 'stop', 'start', 'rollback']) {
    const response = await post(`/api/agents/echo/${intent}`);
    assert.equal(response.statusCode, 202);
    assert.deepEqual(response.json(), { id: 'echo', accepted: intent });
    assert.equal(rig.control.calls.at(-1), `intend echo ${intent}`);
    assert.equal((await post(`/api/agents/nobody/${intent}`)).statusCode, 404);
  }
  assert.equal(rig.control.calls.length, 5);
});

test('what waits for a word is shown, and accepted by the hash that was shown', async () => {
  rig.control.waiting = { hash: 'abc', because: 'waits', asks: ['the internet'], gives_up: [] };
  const shown = await rig.app.inject({ method: 'GET', url: '/api/agents/echo/allow', headers: AUTH });
  assert.deepEqual([shown.statusCode, shown.json()], [200, rig.control.waiting]);
  const answer = await post('/api/agents/echo/allow', { hash: 'abc' });
  assert.deepEqual([answer.statusCode, answer.json()], [202, { id: 'echo', accepted: 'allow' }]);
  assert.deepEqual(rig.control.calls, ['allowance echo', 'allow echo abc']);
  for (const wrong of [{}, { hash: '' }, { hash: 'x'.repeat(65) }, { hash: 1 }, { hash: 'abc', all: true }])
    assert.equal((await post('/api/agents/echo/allow', wrong)).statusCode, 400);
  assert.equal((await post('/api/agents/nobody/allow', { hash: 'abc' })).statusCode, 404);
  rig.control.fail(new HairemError('conflict', 'it has changed since it was shown'));
  assert.equal((await post('/api/agents/echo/allow', { hash: 'abc' })).statusCode, 409);
});

test('PATCH switches an agent off and on, and takes nothing else', async () => {
  const patch = (payload: object) =>
    rig.app.inject({ method: 'PATCH', url: '/api/agents/echo', headers: AUTH, payload });
  assert.equal((await patch({ active: false })).statusCode, 202);
  assert.equal((await patch({ active: true })).statusCode, 202);
  assert.deepEqual(rig.control.calls, ['setActive echo false', 'setActive echo true']);
  for (const wrong of [{}, { active: 'no' }, { active: true, image: 'x' }, []])
    assert.equal((await patch(wrong)).statusCode, 400);
  assert.equal(rig.control.calls.length, 2);
});

test('a message is sent as given; content is short for a text payload', async () => {
  const sent = await post('/api/agents/echo/messages', { content: 'hello' });
  assert.equal(sent.statusCode, 202);
  assert.deepEqual(sent.json(), { id: '0.m1', reply: null });
  assert.equal(
    rig.control.calls.at(-1),
    'send echo {"type":"user_message","payload":{"content":"hello","format":"text"}} null',
  );
  await post('/api/agents/echo/messages', { type: 'expert.command', payload: { command: 'x', args: {} } });
  assert.equal(
    rig.control.calls.at(-1),
    'send echo {"type":"expert.command","payload":{"command":"x","args":{}}} null',
  );
});

test('with ?wait the reply comes back', async () => {
  rig.control.reply = { type: 'narrative.text', payload: { content: 'hi' } };
  const answered = await post('/api/agents/echo/messages?wait=30', { content: 'hello' });
  assert.equal(answered.statusCode, 200);
  assert.deepEqual(answered.json(), { id: '0.m1', reply: rig.control.reply });
  assert.match(rig.control.calls.at(-1) ?? '', / 30000$/);
});

test('who waits for an agent whose process ends is told so', async () => {
  rig.control.whyLost = ({ type }) => (type === 'crashed' ? new HairemError('instance_died', 'echo ended') : null);
  const heard = Promise.withResolvers<void>();
  rig.control.send = () => {
    setImmediate(heard.resolve); // it is waited for by then
    return new Promise(() => {});
  };
  const asking = post('/api/agents/echo/messages?wait=300', { content: 'hello' });
  const others = eventOf({ type: 'crashed', inst: 1, because: 'exit code 9', log: [], lost: null });
  await heard.promise;
  rig.registry.apply({ ...others, agent: 'other' });
  rig.registry.apply(eventOf({ type: 'stale' }));
  rig.registry.apply(others);
  const { code, detail } = (await asking).json<{ code: string; detail: string }>();
  assert.equal(code, 'instance_died');
  assert.equal(detail, 'echo ended');
});

test('bad messages and waits are refused before anything is sent', async () => {
  for (const body of [
    {},
    { content: 'a', payload: {} },
    { content: 7 },
    { payload: [] },
    { type: '', content: 'a' },
    { content: 'a', x: 1 },
  ])
    assert.equal((await post('/api/agents/echo/messages', body)).statusCode, 400, JSON.stringify(body));
  for (const wait of ['0', '301', 'soon', '1.5', '-1'])
    assert.equal((await post(`/api/agents/echo/messages?wait=${wait}`, { content: 'a' })).statusCode, 400, wait);
  assert.deepEqual(rig.control.calls, []);
});

test('each code of the domain comes back with its status', async () => {
  for (const code of Object.keys(PROBLEMS) as ErrorCode[]) {
    rig.control.fail(new HairemError(code, 'because'));
    const response = await post('/api/agents/echo/restart');
    assert.equal(response.statusCode, PROBLEMS[code].status, code);
    assert.equal(response.json<{ code: string }>().code, code);
  }
});

test('bodies that are too large, too deep, not JSON, or poisoned are refused', async () => {
  const raw = (payload: string, type = 'application/json') =>
    rig.app.inject({
      method: 'POST',
      url: '/api/agents/echo/messages',
      headers: { ...AUTH, 'content-type': type },
      payload,
    });
  const expectations = [
    [await raw(JSON.stringify({ content: 'x'.repeat(1024 * 1024) })), 413, 'payload_too_large'],
    [await raw('{"content":'), 400, 'bad_request'],
    [await raw(`{"content":${'['.repeat(3_000)}${']'.repeat(3_000)}}`), 400, 'bad_request'],
    [await raw(`{"content":"a","payload":${'{"a":'.repeat(64)}1${'}'.repeat(64)}}`), 400, 'bad_request'],
    [await raw('{"content":"a","__proto__":{"x":1}}'), 400, 'bad_request'],
    [await raw('{"type":"a","payload":{"n":9007199254740993}}'), 400, 'bad_request'],
    [await raw('{"type":"a","payload":{"n":1e999}}'), 400, 'bad_request'],
    [await raw('content=a', 'application/x-www-form-urlencoded'), 415, 'unsupported_media_type'],
    [await raw('<a/>', 'text/xml'), 415, 'unsupported_media_type'],
  ] as const;
  for (const [response, status, code] of expectations) {
    assert.equal(response.statusCode, status);
    assert.equal(response.json<{ code: string }>().code, code);
    assert.match(String(response.headers['content-type']), /^application\/problem\+json/);
  }
  assert.deepEqual(rig.control.calls, []);
});

test('a body has 64 levels, and is told so', async () => {
  const deep = (levels: number) =>
    rig.app.inject({
      method: 'POST',
      url: '/api/agents/echo/messages',
      headers: { ...AUTH, 'content-type': 'application/json' },
      payload: `{"type":"system.log","payload":{"a":${'['.repeat(levels - 2)}${']'.repeat(levels - 2)}}}`,
    });
  assert.ok((await deep(64)).statusCode < 300);
  for (const levels of [65, 3_000, 100_000]) {
    const response = await deep(levels);
    assert.equal(response.statusCode, 400);
    assert.match(response.json<{ detail: string }>().detail, /nested deeper than 64 levels/);
  }
});

test('down removes everything and answers when it is done', async () => {
  const response = await post('/api/system/down');
  assert.equal(response.statusCode, 200);
  assert.deepEqual(response.json(), { removed: true });
  assert.deepEqual(rig.control.calls, ['removeAll']);
});
