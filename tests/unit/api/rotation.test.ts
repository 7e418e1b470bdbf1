/** A change of the API's token: what comes with the one before is refused, and what was opened with it ends. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { type ApiRig, AUTH, apiRig, listening } from '../../support/harness/api-rig.ts';

let rig: ApiRig;
beforeEach(() => {
  rig = apiRig();
});
afterEach(() => rig.app.close());

test('the token of before is refused from now on, the next one is taken', async () => {
  const read = async (headers: Record<string, string>) =>
    (await rig.app.inject({ url: '/api/rotation', headers })).statusCode;
  assert.equal(await read(AUTH), 200);
  rig.token.change('tok-next');
  assert.equal(await read(AUTH), 401);
  assert.equal(await read({ authorization: 'Bearer tok-next' }), 200);
});

for (const path of ['/api/events', '/api/agents/echo/logs?follow=true']) {
  test(`${path}: a stream that was opened with the token of before ends, and a new one does not`, async () => {
    const base = await listening(rig);
    rig.control.lines = [{ at: null, stream: 'stdout', text: 'a line' }];
    const stream = await fetch(base + path, { headers: AUTH });
    assert.equal(stream.status, 200);
    rig.token.change('tok-next');
    await stream.text(); // it ends
    const left = new AbortController();
    const next = await fetch(base + path, { headers: { authorization: 'Bearer tok-next' }, signal: left.signal });
    const reader = next.body?.getReader();
    if (path === '/api/events') assert.equal((await reader?.read())?.done, false);
    left.abort();
  });
}

test('it is begun where it was prepared, and is a conflict where not', async () => {
  const begin = () => rig.app.inject({ method: 'POST', url: '/api/rotation', headers: AUTH });
  const refused = await begin();
  assert.deepEqual([refused.statusCode, refused.json().code], [409, 'conflict']);
  rig.rotation.now = { state: 'prepared', waitsFor: [{ id: 'ada', because: 'so' }], strangers: [], problem: null };
  const begun = await begin();
  assert.deepEqual(
    [begun.statusCode, begun.json()],
    [202, { state: 'prepared', waits_for: [{ id: 'ada', because: 'so' }], strangers: [], problem: null }],
  );
});
