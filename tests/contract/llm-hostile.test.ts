/**
 * An address that a bundle names, and a server there that is none of a language model: what it answers reaches nobody as
 * a page, fills nothing, and leads nowhere else.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  call,
  failure,
  hostile,
  provider,
  request,
  SECRET,
  settings,
  WAYS,
  ways,
} from '../support/servers/hostile-calls.ts';
import { bomb, drip, endless, type Mood, page, redirect } from '../support/servers/hostile-provider.ts';

const MIB = 1024 * 1024;

describe('a page of another server', () => {
  const html = `<html><title>Router</title>${SECRET}</html>`;
  const json = JSON.stringify({ token: SECRET, wifi: { password: SECRET } });
  const moods: [string, Mood][] = [
    ['HTML', page('text/html', html)],
    ['HTML that calls itself JSON', page('application/json', html)],
    ['HTML that calls itself a stream', page('text/event-stream', html)],
    ['HTML with an error', page('text/html', html, 403)],
    ['JSON of its own', page('application/json', json)],
    ['JSON of its own as an error', page('application/json', json, 500)],
    ['JSON of its own in a stream', page('text/event-stream', `data: ${json}\n\n`)],
    ['an error in a stream', page('text/event-stream', `data: {"error": ${json}}\n\n`)],
    ['a text in a stream', page('text/event-stream', `data: ${SECRET}\n\n`)],
    ['a list', page('application/json', `["${SECRET}"]`)],
    ['a text', page('application/json', `"${SECRET}"`)],
    ['an error that is a page', page('application/json', `{"error":{"message":{"page":"${SECRET}"}}}`, 400)],
    ['choices that are none', page('application/json', `{"choices":[{"text":"${SECRET}"}],"data":["${SECRET}"]}`)],
    ['a reason in its status line', (response) => response.writeHead(418, SECRET).end()],
    ['headers', (response) => response.writeHead(502, { 'x-request-id': SECRET, server: SECRET }).end()],
    ['a status that is none', (response) => response.writeHead(999, { 'content-type': 'text/html' }).end(html)],
  ];
  for (const [name, mood] of moods) {
    for (const way of WAYS) {
      test(`${name} (${way})`, async () => {
        hostile.server.mood = mood;
        await failure(ways[way]());
      });
    }
  }

  test('an error says its status, and one short sentence of its message', async () => {
    hostile.server.mood = page(
      'application/json',
      JSON.stringify({ error: { message: `no\r\n\u001b[2Jmodel ${'x'.repeat(5000)}` } }),
      400,
    );
    const { message } = await failure(ways.whole());
    assert.match(message, /\(400\): no \[2Jmodel xxx/);
    hostile.server.mood = page('text/html', html, 403);
    assert.match((await failure(ways.whole())).message, /127\.0\.0\.1:\d+\/v1 forbids it \(403\)$/);
  });
});

describe('a redirect', () => {
  for (const status of [301, 302, 303, 307, 308]) {
    test(`${status} is not followed, and its place is not told`, async () => {
      hostile.server.mood = redirect(status, `http://127.0.0.1:${hostile.server.port}/${SECRET}`);
      for (const way of WAYS) {
        const { code, message } = await failure(ways[way]());
        assert.equal(code, 'refused');
        assert.match(
          message,
          new RegExp(`127\\.0\\.0\\.1:${hostile.server.port} answers with a redirect \\(${status}\\)`),
        );
      }
      assert.deepEqual(
        hostile.server.paths.filter((path) => path.includes(SECRET)),
        [],
      );
      assert.equal(hostile.server.paths.length, WAYS.length, 'it is not tried again');
    });
  }
});

describe('what is packed', () => {
  for (const encoding of ['gzip', 'br'] as const) {
    for (const status of [200, 400]) {
      test(`${encoding} (${status}) is not unpacked`, async () => {
        hostile.server.mood = bomb(encoding, status);
        for (const way of WAYS) assert.match((await failure(ways[way]())).message, /packed/);
        assert.deepEqual([...new Set(hostile.server.headers.map((one) => one['accept-encoding']))], ['identity']);
      });
    }
  }
});

describe('what never ends', () => {
  const text = 'x'.repeat(64 * 1024);
  const moods: [string, Mood][] = [
    ['JSON', endless('application/json', { begin: '{"choices":[{"message":{"content":"', piece: text })],
    ['JSON with an error', endless('application/json', { begin: '{"error":{"message":"', piece: text, status: 500 })],
    ['one line of a stream', endless('text/event-stream', { begin: 'data: {"choices":"', piece: text })],
    ['comments of a stream', endless('text/event-stream', { piece: `: ${text}\n\n` })],
    ['events that say nothing', endless('text/event-stream', { piece: 'data: {"choices":[]}\n\n'.repeat(500) })],
    ['spaces', endless('application/json', { piece: ' '.repeat(64 * 1024) })],
    ['a length', (response) => response.writeHead(200, { 'content-length': String(2 ** 33) }).write(text)],
  ];
  for (const [name, mood] of moods) {
    for (const way of WAYS) {
      test(`${name} is read no further than its bound (${way})`, async () => {
        hostile.server.mood = mood;
        await failure(ways[way]());
        const most = (hostile.tries + 1) * 8 * MIB + 16 * MIB; // and what is in buffers on the way
        assert.ok(hostile.server.sent() < most, `${hostile.server.sent()} bytes`);
      });
    }
  }

  test('one event of a stream has 2 MiB, and a length that is too large is believed at once', async () => {
    const line = moods.find(([name]) => name === 'one line of a stream')?.[1];
    const length = moods.find(([name]) => name === 'a length')?.[1];
    assert.ok(line && length);
    hostile.server.mood = line;
    assert.match((await failure(ways.streamed())).message, /a line without an end/);
    hostile.server.mood = length;
    assert.match((await failure(ways.whole())).message, /more than 8 MiB/);
  });

  test('a stream that drips for ever ends at its deadline', async () => {
    const event = JSON.stringify({ choices: [{ delta: { content: 'on ' } }] });
    hostile.server.mood = drip('text/event-stream', `data: ${event}\n\n`, 20);
    const { code, message } = await failure(ways.streamed(settings(), { totalMs: 300 }));
    assert.equal(code, 'timeout');
    assert.match(message, /not done in 0\.3 s/);
    assert.equal(hostile.tries, 0);
  });

  test('an answer whose end stands there is not held up by a connection that stays open', async () => {
    const event = JSON.stringify({ choices: [{ delta: { content: 'so' }, finish_reason: 'stop' }] });
    hostile.server.mood = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(`data: ${event}\n\n`);
    };
    const asked = provider({ endingMs: 20 }).chat(settings(), request(true), call);
    assert.equal((await asked).text, 'so');
  });

  test('nor does JSON that drips', async () => {
    hostile.server.mood = drip('application/json', ' ', 20);
    assert.equal((await failure(ways.whole(settings(), { totalMs: 300 }))).code, 'timeout');
  });
});

describe('what is deep', () => {
  const deep = (n: number) => `${'['.repeat(n)}${']'.repeat(n)}`;
  const moods: [string, Mood][] = [
    ['JSON', page('application/json', `{"choices":${deep(3_000)}}`)],
    ['an error', page('application/json', `{"error":{"message":${deep(3_000)}}}`, 400)],
    ['an event', page('text/event-stream', `data: {"choices":${deep(3_000)}}\n\n`)],
    ['an event over many lines', page('text/event-stream', `${'data: [[[[\n'.repeat(100)}\n`)],
    ['an event behind a comment', page('text/event-stream', `: a comment "\ndata: ${deep(3_000)}\n\n`)],
    ['an error in an event', page('text/event-stream', `data: {"error":{"message":${deep(100_000)}}}\n\n`)],
  ];
  for (const [name, mood] of moods) {
    for (const way of WAYS) {
      test(`${name} (${way})`, async () => {
        hostile.server.mood = mood;
        await failure(ways[way]());
      });
    }
  }

  test('is said with its bound', async () => {
    hostile.server.mood = page('application/json', `{"choices":${deep(65)}}`);
    assert.match((await failure(ways.whole())).message, /more than 64 deep/);
    hostile.server.mood = page('text/event-stream', `: a comment "\ndata: ${deep(65)}\n\n`);
    assert.match((await failure(ways.streamed())).message, /more than 64 deep/);
  });

  test('is not what a text holds', async () => {
    const content = `${'['.repeat(500)}\\"{`;
    const answer = { choices: [{ message: { content }, finish_reason: 'stop' }] };
    hostile.server.mood = page('application/json', JSON.stringify(answer));
    assert.equal((await ways.whole()).text, content);
    const piece = { choices: [{ delta: { content }, finish_reason: 'stop' }] };
    hostile.server.mood = page('text/event-stream', `data: ${JSON.stringify(piece)}\n\n`);
    assert.equal((await ways.streamed()).text, content);
  });
});

test('a place in a list is none of a stranger’s choice', async () => {
  for (const index of [1e9, -1, 1.5, '__proto__']) {
    const part = { index, id: 'a', function: { name: 'f', arguments: '{}' } };
    const piece = { choices: [{ delta: { tool_calls: [part] }, finish_reason: 'tool_calls' }] };
    hostile.server.mood = page('text/event-stream', `data: ${JSON.stringify(piece)}\n\ndata: [DONE]\n\n`);
    assert.equal((await failure(ways.streamed())).code, 'unavailable');
  }
});

test('another protocol, and none at all', async () => {
  hostile.server.mood = (response) =>
    response.socket?.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n');
  for (const way of WAYS) await failure(ways[way]());
  hostile.server.mood = (response) => response.socket?.end(`220 ${SECRET} ESMTP\r\n`);
  for (const way of WAYS) await failure(ways[way]());
});

test('a key and an id that have a line break in them write no header', async () => {
  const own = settings({ apiKey: 'sk-1\r\nx-evil: 1' });
  await failure(ways.whole(own));
  await failure(provider().chat(settings(), request(false), { ...call, key: 'a\r\nx-evil: 1' }));
  assert.deepEqual(
    hostile.server.headers.filter((one) => 'x-evil' in one),
    [],
  );
});
