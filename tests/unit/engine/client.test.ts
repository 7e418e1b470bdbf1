/** The adapter before a stand-in for the engine that answers as real ones do on bad days. */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { LABEL } from '../../../orchestrator/src/domain/labels.ts';
import { type Answers, hostBefore, json, refuses, VERSION } from '../../support/servers/engine-answers.ts';

const fails = (call: Promise<unknown>, code: string, message: RegExp) =>
  assert.rejects(call, (error) => {
    assert.ok(error instanceof HairemError, String(error));
    assert.deepEqual([error.code, message.test(error.message)], [code, true], error.message);
    return true;
  });

test('the version is asked once, without one, and then spoken', async (t) => {
  const { host, heard } = await hostBefore(t, {
    'GET /version': VERSION,
    'GET /info': json({ Warnings: ['no swap'] }),
  });
  assert.deepEqual(await host.warnings(), ['no swap']);
  await host.warnings();
  assert.deepEqual(
    heard.map((line) => line.replace(/\?$/, '')),
    ['GET /version', 'GET /v1.41/info', 'GET /v1.41/info'],
  );
});

test('an engine that is too old is one clear line, and asked again next time', async (t) => {
  const answers: Answers = { 'GET /version': json({ ApiVersion: '1.40' }), 'GET /info': json({}) };
  const { host } = await hostBefore(t, answers);
  await fails(host.warnings(), 'engine_refused', /the engine speaks API 1\.40; 1\.41/);
  answers['GET /version'] = VERSION;
  assert.deepEqual(await host.warnings(), []);
});

test('an engine that is away is unavailable, and found again when it is back', async (t) => {
  const { host, listen, stop, heard } = await hostBefore(t, { 'GET /version': VERSION, 'GET /info': json({}) });
  await host.warnings();
  await stop();
  await fails(host.warnings(), 'engine_unavailable', /the engine is not there/);
  await listen();
  await host.warnings();
  assert.equal(heard.filter((line) => line.startsWith('GET /version')).length, 2);
});

test('an engine that hangs is unavailable at the deadline', async (t) => {
  const asked = Promise.withResolvers<void>();
  const { host, clock } = await hostBefore(t, { 'GET /version': VERSION, 'GET /info': () => asked.resolve() });
  const call = host.warnings();
  await asked.promise;
  clock.advance(20_000);
  await fails(call, 'engine_unavailable', /did not answer \/info in 20 s/);
  assert.equal(clock.sleepers(), 0);
});

test('an answer that breaks off in the middle is no answer', async (t) => {
  const { host } = await hostBefore(t, {
    'GET /version': VERSION,
    'GET /info': (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"Warn', () => response.destroy());
    },
  });
  await fails(host.warnings(), 'engine_unavailable', /the engine is not there/);
});

test('a gate without an engine behind it is no engine', async (t) => {
  for (const status of [502, 503, 504]) {
    const { host } = await hostBefore(t, { 'GET /version': VERSION, 'GET /info': refuses(status, 'nobody is there') });
    await fails(host.warnings(), 'engine_unavailable', /nobody is there/);
  }
});

const says = (body: string) => (_: unknown, response: ServerResponse) =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end(body);

for (const [what, answer] of [
  ['a gate without an engine', refuses(502, 'nobody is there')],
  ['a list', json([])],
  ['a version that is a number', json({ ApiVersion: 1.41 })],
  ['half of an object', says('{"ApiVer')],
  ['nothing', says('')],
] as const)
  test(`the version is asked again where ${what} answers, and it is no mistake of ours`, async (t) => {
    const answers: Answers = { 'GET /version': answer, 'GET /info': json({}) };
    const { host } = await hostBefore(t, answers);
    await fails(host.warnings(), 'engine_unavailable', /nobody is there|the engine/);
    answers['GET /version'] = VERSION;
    assert.deepEqual(await host.warnings(), []);
  });

test('an answer that is no JSON is no mistake of ours', async (t) => {
  const { host } = await hostBefore(t, { 'GET /version': VERSION, 'GET /info': says('<html>') });
  await fails(host.warnings(), 'engine_unavailable', /\/info.*no JSON/);
});

test('the environment of a container is in the body and never in the path', async (t) => {
  const { host, heard } = await hostBefore(t, {
    'GET /version': VERSION,
    'POST /containers/create': json({ Id: 'c1' }, 201),
  });
  const spec = { memory: 1, cpus: 1, pids: 1, egress: 'none', storage: false } as const;
  const common = { agent: 'echo', inst: 1, image: 'x', labels: {}, spec, network: 'n', volume: null };
  assert.equal(await host.createContainer({ ...common, env: { HAIREM_REDIS_PASSWORD: 'hush' } }), 'c1');
  assert.equal(heard[1], 'POST /v1.41/containers/create?name=hairem-test-echo-1');
});

test('what has happened already is no error', async (t) => {
  const gone = refuses(404, 'No such container: c1');
  const { host, heard } = await hostBefore(t, {
    'GET /version': VERSION,
    'POST /containers/c1/start': (_, response) => void response.writeHead(304).end(),
    'POST /containers/c1/stop': (_, response) => void response.writeHead(304).end(),
    'POST /containers/c2/stop': gone,
    'DELETE /containers/c1': refuses(409, 'removal of container c1 is already in progress'),
    'POST /containers/c1/wait': gone,
    'DELETE /containers/c2': gone,
    'GET /images/a:1/json': json({ Id: 'sha256:1', Config: { Labels: null } }),
    'DELETE /images/a:1': refuses(409, 'image is being used'),
    'GET /images/a:2/json': gone,
  });
  await host.startContainer('c1');
  await host.stopContainer('c1', 3);
  await host.stopContainer('c2', 0);
  await host.removeContainer('c1');
  await host.removeContainer('c2');
  await host.removeImage('a:1');
  await host.removeImage('a:2');
  assert.ok(heard.includes('POST /v1.41/containers/c1/wait?condition=removed'));
});

test('a tag that another installation owns meanwhile is left alone', async (t) => {
  const { host, heard } = await hostBefore(t, {
    'GET /version': VERSION,
    'GET /images/a:1/json': json({ Id: 'sha256:1', Config: { Labels: { [LABEL.orchestrator]: 'other' } } }),
  });
  await host.removeImage('a:1');
  assert.ok(!heard.some((line) => line.startsWith('DELETE')));
});

test('a subnet that something unseen holds is passed over', async (t) => {
  const asked: string[] = [];
  const { host } = await hostBefore(t, {
    'GET /version': VERSION,
    'GET /networks': json([]),
    'GET /containers/json': json([
      { Id: 'r1', Image: 'redis', ImageID: 'x', State: 'running', NetworkSettings: { Networks: {} } },
    ]),
    'POST /networks/create': (request, response) => {
      request.once('data', (body) => asked.push(JSON.parse(String(body)).IPAM.Config[0].Subnet));
      const overlaps = refuses(403, 'Pool overlaps with other one on this address space');
      request.once('end', () => (asked.length < 3 ? overlaps : json({ Id: 'n1' }, 201))(request, response));
    },
    'POST /networks/hairem-test-echo/connect': refuses(403, 'endpoint with name redis already exists in network x'),
  });
  await host.ensureNetwork({ agent: 'echo', egress: 'none' });
  assert.deepEqual(asked, ['10.1.0.0/29', '10.1.0.8/29', '10.1.0.16/29']);
});

test('a container that goes while we look is not there, and a stranger is named', async (t) => {
  const labels = { [LABEL.orchestrator]: 'test', [LABEL.kind]: 'instance' };
  const common = { Image: 'x', ImageID: 'y', State: 'running', Labels: labels };
  const { host, strangers } = await hostBefore(t, {
    'GET /version': VERSION,
    'GET /containers/json': json([
      { ...common, Id: 'gone', Names: ['/gone'] },
      { ...common, Id: 'odd', Names: ['/odd'] },
    ]),
    'GET /containers/gone/json': refuses(404, 'No such container: gone'),
    'GET /containers/odd/json': json({ State: { ExitCode: 0 } }),
    'GET /images/json': json([]),
    'GET /networks': json([]),
    'GET /volumes': json({ Volumes: null }),
  });
  assert.deepEqual((await host.observe()).containers, []);
  assert.deepEqual(strangers, ['odd']);
});

test('an event stream that breaks ends, and one that is left ends too', async (t) => {
  const event = { Type: 'container', Action: 'start', Actor: { ID: 'c1', Attributes: {} } };
  const { host } = await hostBefore(t, {
    'GET /version': VERSION,
    'GET /events': (_, response) => {
      response.writeHead(200).write(`${JSON.stringify(event)}\n{"Type":"conta`, () => response.destroy());
    },
  });
  const events = await Array.fromAsync(host.events(new AbortController().signal));
  assert.deepEqual(
    events.map(({ container }) => container),
    ['c1'],
  );
  assert.deepEqual(await Array.fromAsync(host.events(AbortSignal.abort())), []);
});
