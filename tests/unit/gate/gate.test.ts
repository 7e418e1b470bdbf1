/** The gate as a proxy, before a stand-in for the engine on a unix socket. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { pack } from 'tar-stream';
import { LABEL } from '../../../orchestrator/src/domain/labels.ts';
import { runGate } from '../../../orchestrator/src/gate/gate.ts';
import { bundleDockerfile } from '../../../orchestrator/src/images/dockerfile.ts';
import { INSTALL, idOf, labelsOf, readBases, scope } from './stand-in.ts';

const [OURS, THEIRS, BASE] = [idOf('a'), idOf('b'), `sha256:${idOf('c')}`];
const THINGS: Record<string, object> = {
  [`/containers/${OURS}/json`]: { Id: OURS, Name: '/ours', Image: BASE, Config: { Labels: labelsOf(INSTALL) } },
  '/containers/ours/json': { Id: OURS, Name: '/ours', Image: BASE, Config: { Labels: labelsOf(INSTALL) } },
  [`/containers/${THEIRS}/json`]: { Id: THEIRS, Name: '/theirs', Config: { Labels: labelsOf('99999999') } },
  [`/images/${BASE}/json`]: { Id: BASE, Config: { Labels: { [LABEL.kind]: 'base' } } },
};

/** @param engine hears what the gate passes on; whose things are is answered before */
async function gateBefore(t: TestContext, engine: RequestListener) {
  const dir = await mkdtemp(join(tmpdir(), 'hairem-gate-'));
  const [upstream, listen] = [join(dir, 'engine.sock'), join(dir, 'gate.sock')];
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const thing = THINGS[request.url ?? ''];
    if (request.method !== 'GET' || !thing) return engine(request, response);
    asked.push(request.url ?? '');
    response.end(JSON.stringify(thing));
  });
  await new Promise<void>((resolve) => server.listen(upstream, resolve));
  const refused: string[] = [];
  const onRefused = (line: string) => refused.push(line);
  const gate = await runGate({ listen, upstream, scope, bases: await readBases(), onRefused });
  t.after(async () => {
    await gate.close();
    server.closeAllConnections();
    server.close();
    await rm(dir, { recursive: true });
  });
  return { listen, refused, server, asked };
}

function call(socketPath: string, line: string, body?: string | Buffer) {
  const [method, path] = line.split(' ');
  const request = httpRequest({ socketPath, method, path, agent: false });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', reject);
  });
  return {
    request,
    response,
    answer: async () => {
      request.end(body);
      return read(await response);
    },
  };
}

const read = async (response: IncomingMessage) => ({ status: response.statusCode, text: await text(response) });

/** A context that may pass, and more of it. */
const DOCKERFILE = bundleDockerfile({
  from: BASE,
  labels: labelsOf(INSTALL, { [LABEL.kind]: 'bundle', [LABEL.agent]: 'echo', [LABEL.depsHash]: 'd1' }),
});
const BUILD = 'POST /v1.41/build?t=hairem/agent-echo:0123456789abcdef';
async function contextParts(): Promise<[head: Buffer, end: Buffer]> {
  const context = pack();
  context.entry({ name: 'Dockerfile' }, DOCKERFILE);
  context.finalize();
  const whole = await buffer(Readable.from(context, { objectMode: false }));
  return [whole.subarray(0, -1024), whole.subarray(-1024)];
}

test('a refusal of the engine passes with its words and status', async (t) => {
  const { listen } = await gateBefore(t, (request, response) => {
    response.writeHead(409, { 'content-type': 'application/json', 'api-version': '1.41' });
    response.end(JSON.stringify({ message: request.url, more: 'a secret' }));
  });
  const { status, text } = await call(listen, 'DELETE /v1.41/containers/ours?force=true').answer();
  assert.deepEqual([status, text], [409, `{"message":"/v1.41/containers/${OURS}?force=true"}`]);
});

test('the socket is for its group and nobody else', async (t) => {
  const { listen } = await gateBefore(t, (_, response) => response.end());
  assert.equal((await stat(listen)).mode & 0o777, 0o660);
});

test('a refusal is 403 with the reason, and the engine hears nothing', async (t) => {
  let heard = 0;
  const { listen, refused } = await gateBefore(t, (_, response) => {
    heard += 1;
    response.end();
  });
  const { status, text } = await call(listen, 'POST /v1.41/containers/abc/exec', '{}').answer();
  assert.equal(status, 403);
  assert.match(JSON.parse(text).message, /does not let through POST \/v1\.41\/containers\/abc\/exec: no such route/);
  const privileged = await call(listen, 'POST /v1.41/containers/create', '{"HostConfig":{"Privileged":true}}').answer();
  assert.equal(privileged.status, 403);
  const broken = await call(listen, 'POST /v1.41/networks/create', '{"Name":').answer();
  assert.equal(broken.status, 403);
  const deep = `{"Name":${'['.repeat(3_000)}${']'.repeat(3_000)}}`;
  const nested = await call(listen, 'POST /v1.41/networks/create', deep).answer();
  assert.match(JSON.parse(nested.text).message, /nested too deeply/);
  const huge = await call(listen, 'POST /v1.41/networks/create', JSON.stringify('x'.repeat(3_000_000))).answer();
  assert.equal(huge.status, 403);
  assert.equal(refused.length, 5);
  assert.equal(heard, 0);
});

test('a thing of somebody else is as absent as one that is not there, and the engine hears of neither', async (t) => {
  const heard: string[] = [];
  const { listen, refused } = await gateBefore(t, (request, response) => {
    heard.push(`${request.method} ${request.url}`);
    response.writeHead(404).end('{"message":"No such container: the engine says"}');
  });
  const theirs = await call(listen, `POST /v1.41/containers/${THEIRS}/stop`).answer();
  const nobodys = await call(listen, `POST /v1.41/containers/${idOf('f')}/stop`).answer();
  assert.deepEqual(theirs, { status: 404, text: `{"message":"No such container: ${THEIRS}"}` });
  assert.deepEqual(nobodys, { status: 404, text: `{"message":"No such container: ${idOf('f')}"}` });
  assert.deepEqual(heard, [`GET /containers/${idOf('f')}/json`]);
  assert.deepEqual(refused, [`container ${THEIRS} is not of this installation`]);
});

test('whose an id is, is asked once; a name is looked up each time and called by its id', async (t) => {
  const heard: string[] = [];
  const { listen, asked } = await gateBefore(t, (request, response) => {
    heard.push(request.url ?? '');
    response.writeHead(204).end();
  });
  for (let n = 0; n < 3; n += 1) await call(listen, `POST /v1.41/containers/${OURS}/stop?t=1`).answer();
  assert.equal(asked.length, 1);
  for (let n = 0; n < 2; n += 1) await call(listen, 'POST /v1.41/containers/ours/stop?t=1').answer();
  assert.equal(asked.length, 3);
  assert.deepEqual(new Set(heard), new Set([`/v1.41/containers/${OURS}/stop?t=1`]));
});

test('a body is written anew: of two keys of one name the engine sees what was checked', async (t) => {
  let heard = '';
  const { listen } = await gateBefore(t, async (request, response) => {
    heard = await text(request);
    response.end('{"Name":"x","Mountpoint":"/var/lib"}');
  });
  const name = `hairem-${INSTALL}-echo-data`;
  const labels = JSON.stringify(labelsOf(INSTALL, { [LABEL.agent]: 'echo', [LABEL.kind]: 'volume' }));
  const body = `{"Name":"evil","Driver":"evil","Name":"${name}","Driver":"local","Labels":${labels}}`;
  const { text: shown } = await call(listen, 'POST /v1.41/volumes/create', body).answer();
  assert.equal(heard, `{"Name":"${name}","Driver":"local","Labels":${labels}}`);
  assert.equal(shown, '{"Name":"x"}');
});

test('a body where none belongs, and headers, are dropped', async (t) => {
  const heard: unknown[] = [];
  const { listen } = await gateBefore(t, async (request, response) => {
    heard.push(await text(request), request.headers['x-registry-auth'] ?? null);
    response.writeHead(204).end();
  });
  const { request, response } = call(listen, `POST /v1.41/containers/${OURS}/stop`);
  request.setHeader('X-Registry-Auth', 'secret');
  request.end('{"HostConfig":{"Privileged":true}}');
  assert.equal((await response).statusCode, 204);
  assert.deepEqual(heard, ['', null]);
});

test('a build streams up and its output streams down', async (t) => {
  const { listen } = await gateBefore(t, (request, response) => {
    response.writeHead(200);
    request.once('data', () => response.write('begun\n'));
    request.on('end', () => response.end('done\n'));
    request.resume();
  });
  const { request, response } = call(listen, BUILD);
  const [head, end] = await contextParts();
  request.write(head);
  const answer = await response;
  const first = await new Promise<Buffer>((resolve) => answer.once('data', resolve));
  assert.equal(String(first), 'begun\n');
  request.end(end);
  assert.equal(await text(answer), 'done\n');
});

test('the head of a silent stream does not wait for its first byte', async (t) => {
  const { listen } = await gateBefore(t, (_, response) => response.writeHead(200).flushHeaders());
  const { request, response } = call(listen, 'GET /v1.41/events');
  request.end();
  assert.equal((await response).statusCode, 200);
  request.destroy();
});

test('a caller that leaves takes the call to the engine along', async (t) => {
  const closed = Promise.withResolvers<void>();
  const { listen } = await gateBefore(t, (_, response) => {
    response.writeHead(200).flushHeaders();
    response.on('close', closed.resolve);
  });
  const { request, response } = call(listen, `GET /v1.41/containers/${OURS}/logs?follow=1`);
  request.end();
  await response;
  request.destroy();
  await closed.promise;
});

test('a caller that leaves in the middle of an upload takes it along', async (t) => {
  const [begun, cut] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { listen } = await gateBefore(t, (request) => {
    request.once('data', () => begun.resolve());
    request.on('close', cut.resolve);
    request.on('error', () => {});
  });
  const { request, response } = call(listen, BUILD);
  response.catch(() => {});
  request.write((await contextParts())[0]);
  await begun.promise;
  request.destroy();
  await cut.promise;
});

test('an engine that cuts its answer cuts ours; one that is away is 502', async (t) => {
  const { listen, server } = await gateBefore(t, (_, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('half', () => response.destroy());
  });
  await assert.rejects(call(listen, `GET /v1.41/containers/${OURS}/logs`).answer());
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  const { status, text } = await call(listen, 'GET /v1.41/info').answer();
  assert.equal(status, 502);
  assert.match(JSON.parse(text).message, /the engine does not answer/);
});
