/** GET /api/history and /api/history/events: what the services kept, or a clear word that they are away. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { AUTH, apiRig } from '../../support/harness/api-rig.ts';

const body = {
  id: 'm1',
  timestamp: '2026-01-01T12:00:00Z',
  type: 'narrative.text',
  sender: { agent_id: 'echo' },
  recipient: { target: 'user' },
  payload: { content: 'Hello\u001b[31m' },
};
const entry = { id: 'echo:m1', at: body.timestamp, kind: 'message', agent: 'echo', target: 'user', body } as const;
const get = async (rig: ReturnType<typeof apiRig>, url: string) => {
  const answer = await rig.app.inject({ url, headers: AUTH });
  return { status: answer.statusCode, body: answer.json() };
};

test('messages come as the event stream tells them, safe to print', async () => {
  const rig = apiRig();
  rig.history.entries = [entry];
  const { status, body } = await get(rig, '/api/history?limit=5&agent=echo&before=2026-01-02T00:00:00Z');
  assert.equal(status, 200);
  assert.equal(body.status, 'ok');
  assert.equal(body.messages[0].content, 'Hello');
  assert.deepEqual(rig.history.asked, [{ kind: 'message', limit: 5, before: '2026-01-02T00:00:00Z', agent: 'echo' }]);
});

test('events come as they were shown', async () => {
  const rig = apiRig();
  rig.history.entries = [{ ...entry, kind: 'event', body: { type: 'crashed', agent: 'echo' } }];
  const { body } = await get(rig, '/api/history/events');
  assert.deepEqual(body, { events: [{ type: 'crashed', agent: 'echo' }], status: 'ok' });
  assert.deepEqual(rig.history.asked, [{ kind: 'event', limit: 50, before: null, agent: null }]);
});

test('services that are away are a 503 that says so', async () => {
  const rig = apiRig();
  rig.history.error = new HairemError(
    'unavailable',
    'the services do not answer; is the container `services` running?',
  );
  const { status, body } = await get(rig, '/api/history');
  assert.equal(status, 503);
  assert.equal(body.code, 'unavailable');
  assert.match(body.detail, /services do not answer/);
});

test('what makes no sense is a 400, and nobody is asked', async () => {
  const rig = apiRig();
  for (const query of ['limit=0', 'limit=5000', 'before=yesterday', 'color=red']) {
    assert.equal((await get(rig, `/api/history?${query}`)).status, 400, query);
  }
  assert.deepEqual(rig.history.asked, []);
});

test('an excuse is marked: its words are not the agent’s own', async () => {
  const rig = apiRig();
  const excuse = { ...body, payload: { content: 'Echo could not answer', role: 'system' } };
  rig.history.entries = [{ ...entry, body: excuse }, entry];
  const { messages } = (await get(rig, '/api/history')).body;
  assert.deepEqual(
    messages.map(({ role }: { role?: string }) => role),
    ['system', undefined],
  );
});
