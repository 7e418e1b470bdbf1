/** The gate as a proxy, before a stand-in for the engine on a unix socket. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { LABEL } from '../../../orchestrator/src/domain/labels.ts';
import { runGate } from '../../../orchestrator/src/gate/gate.ts';

async function gateBefore(t: TestContext, engine: RequestListener) {
  const dir = await mkdtemp(join(tmpdir(), 'hairem-gate-'));
  const [upstream, listen] = [join(dir, 'engine.sock'), join(dir, 'gate.sock')];
  const server = createServer(engine);
  await new Promise<void>((resolve) => server.listen(upstream, resolve));
  const refused: string[] = [];
  const gate = await runGate({ listen, upstream, onRefused: (line) => refused.push(line) });
  t.after(async () => {
    await gate.close();
    server.closeAllConnections();
    server.close();
    await rm(dir, { recursive: true });
  });
  return { listen, refused, server };
}

function call(socketPath: string, line: string, body?: string) {
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

test('a call passes with its answer and status', async (t) => {
  const { listen } = await gateBefore(t, (request, response) => {
    response.writeHead(404, { 'content-type': 'application/json', 'api-version': '1.41' });
    response.end(JSON.stringify({ message: request.url }));
  });
  const { status, text } = await call(listen, 'GET /v1.41/containers/abc/json?').answer();
  assert.deepEqual([status, text], [404, '{"message":"/v1.41/containers/abc/json?"}']);
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
  const huge = await call(listen, 'POST /v1.41/networks/create', JSON.stringify('x'.repeat(3_000_000))).answer();
  assert.equal(huge.status, 403);
  assert.equal(refused.length, 4);
  assert.equal(heard, 0);
});

test('a body is written anew: of two keys of one name the engine sees what was checked', async (t) => {
  const { listen } = await gateBefore(t, async (request, response) => response.end(await text(request)));
  const labels = JSON.stringify({ [LABEL.orchestrator]: 'ab12' });
  const body = `{"Name":"evil","Driver":"evil","Name":"hairem-x","Driver":"local","Labels":${labels}}`;
  const { text: heard } = await call(listen, 'POST /v1.41/volumes/create', body).answer();
  assert.equal(heard, `{"Name":"hairem-x","Driver":"local","Labels":${labels}}`);
});

test('a body where none belongs, and headers, are dropped', async (t) => {
  const { listen } = await gateBefore(t, async (request, response) => {
    response.end(JSON.stringify({ body: await text(request), auth: request.headers['x-registry-auth'] ?? null }));
  });
  const { request, response } = call(listen, 'POST /v1.41/containers/abc/start');
  request.setHeader('X-Registry-Auth', 'secret');
  request.end('{"HostConfig":{"Privileged":true}}');
  assert.equal((await read(await response)).text, '{"body":"","auth":null}');
});

test('a build streams up and its output streams down', async (t) => {
  const { listen } = await gateBefore(t, (request, response) => {
    response.writeHead(200);
    request.on('data', (chunk) => response.write(`got ${chunk}\n`));
    request.on('end', () => response.end('done\n'));
  });
  const { request, response } = call(listen, 'POST /v1.41/build?t=hairem/x:1');
  request.write('one');
  const answer = await response;
  const first = await new Promise<Buffer>((resolve) => answer.once('data', resolve));
  assert.equal(String(first), 'got one\n');
  request.end('two');
  assert.equal(await text(answer), 'got two\ndone\n');
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
  const { request, response } = call(listen, 'GET /v1.41/containers/abc/logs?follow=1');
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
  const { request, response } = call(listen, 'POST /v1.41/build?t=hairem/x:1');
  response.catch(() => {});
  request.write('half');
  await begun.promise;
  request.destroy();
  await cut.promise;
});

test('an engine that cuts its answer cuts ours; one that is away is 502', async (t) => {
  const { listen, server } = await gateBefore(t, (_, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('half', () => response.destroy());
  });
  await assert.rejects(call(listen, 'GET /v1.41/info').answer());
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  const { status, text } = await call(listen, 'GET /v1.41/info').answer();
  assert.equal(status, 502);
  assert.match(JSON.parse(text).message, /the engine does not answer/);
});
