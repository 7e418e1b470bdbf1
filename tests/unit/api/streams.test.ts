/** Streams: events resume, logs follow, quiet ones are kept alive, slow readers are dropped, all end with the server. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { createEventQueue } from '../../../orchestrator/src/api/stream/event-queue.ts';
import { KEEP_ALIVE_MS } from '../../../orchestrator/src/api/stream/stream.ts';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { desired, eventOf, heartbeat, NOON, versionOf } from '../../support/builders/registry-events.ts';
import { turnedUntil } from '../../support/eventually.ts';
import { type ApiRig, AUTH, apiRig, listening } from '../../support/harness/api-rig.ts';

let rig: ApiRig;
let base: string;
beforeEach(async () => {
  rig = apiRig();
  base = await listening(rig);
});
afterEach(() => rig.app.close());

const BORN = Date.parse(NOON);

/** Reads a stream text by text until what has come contains `until`. */
async function open(path: string, headers: Record<string, string> = {}) {
  const left = new AbortController();
  const response = await fetch(base + path, { headers: { ...AUTH, ...headers }, signal: left.signal });
  assert.ok(response.body);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let seen = '';
  const readUntil = async (until: string) => {
    while (!seen.includes(until)) {
      const { value, done } = await reader.read();
      if (done) assert.fail(`ended before ${until}: ${seen}`);
      seen += value;
    }
    return seen;
  };
  const readAll = async () => {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) seen += piece.value;
    return seen;
  };
  return { response, readUntil, readAll, leave: () => left.abort() };
}

test('events come as they happen, with their ids', async () => {
  const stream = await open('/api/events');
  assert.match(String(stream.response.headers.get('content-type')), /^text\/event-stream/);
  await stream.readUntil(': open\n\n');
  rig.registry.apply(eventOf({ type: 'stale' }));
  const seen = await stream.readUntil('stale"}\n\n');
  assert.match(seen, new RegExp(`id: ${BORN + 3}\nevent: stale\ndata: {"agent":"echo"`));
  rig.registry.apply(eventOf(heartbeat(1)));
  await stream.readUntil('event: heartbeat');
  stream.leave();
});

test('what is said to the user comes on request, made safe to print', async () => {
  const said = (content: string) => ({
    id: '1.m1',
    timestamp: NOON,
    type: 'narrative.text',
    sender: { agent_id: 'echo' },
    recipient: { target: 'user' },
    payload: { content },
  });
  const [quiet, stream] = [await open('/api/events'), await open('/api/events?messages=true')];
  await Promise.all([quiet.readUntil(': open'), stream.readUntil(': open')]);
  rig.control.say('no message');
  rig.control.say(said('the tea \u001b[31mis ready'));
  rig.registry.apply(eventOf({ type: 'stale' }));
  const seen = await stream.readUntil('event: stale');
  assert.equal(seen.match(/event: message/g)?.length, 1);
  assert.match(seen, /\n\nevent: message\ndata: .*"agent":"echo".*"content":"the tea is ready"/);
  assert.ok(!(await quiet.readUntil('event: stale')).includes('event: message'));
  quiet.leave();
  stream.leave();
});

test('a reader resumes after its last id, by header or by query', async () => {
  rig.registry.apply(eventOf({ type: 'stale' }));
  for (const [path, headers] of [
    ['/api/events', { 'last-event-id': String(BORN + 2) }],
    [`/api/events?last_event_id=${BORN + 2}`, {}],
  ] as const) {
    const stream = await open(path, headers);
    const seen = await stream.readUntil('event: stale');
    assert.ok(!seen.includes('event: active'), 'nothing is told twice');
    stream.leave();
  }
});

test('an id that is no longer kept is answered with reset, then the stream goes on', async () => {
  for (const id of ['5', String(BORN + 1_000_000), 'nonsense']) {
    const stream = await open('/api/events', { 'last-event-id': id });
    await stream.readUntil('event: reset');
    rig.registry.apply(eventOf({ type: 'stale' }));
    await stream.readUntil('event: stale');
    stream.leave();
  }
});

test('the configuration of a version stays inside', async () => {
  const stream = await open('/api/events');
  await stream.readUntil(': open');
  rig.registry.apply(eventOf(desired('h2', { version: versionOf('h2', { config: { api_key: 'hunter2' } }) })));
  const seen = await stream.readUntil('event: desired');
  const all = seen + (await stream.readUntil('"rating"'));
  assert.ok(!all.includes('hunter2'));
  assert.match(all, /"hash":"h2"/);
  stream.leave();
});

test('a quiet stream is kept alive', async () => {
  const stream = await open('/api/events');
  await stream.readUntil(': open');
  await turnedUntil(() => rig.clock.sleepers() > 0);
  rig.clock.advance(KEEP_ALIVE_MS);
  await stream.readUntil(': keep-alive');
  stream.leave();
});

test('streams end when the server closes', async () => {
  const stream = await open('/api/events');
  await stream.readUntil(': open');
  const all = stream.readAll();
  await rig.app.close();
  await all.catch(() => {});
});

test('a reader that does not read is dropped', async () => {
  const stream = await open('/api/events');
  const padding = 'x'.repeat(50_000);
  for (let n = 0; n < 2500; n += 1)
    rig.registry.apply(eventOf({ type: 'warning', key: `k`, message: `${n % 2}${padding}` }));
  await assert.rejects(stream.readAll());
  assert.ok(rig.logged.some(({ message }) => message === 'dropped a slow reader of events'));
});

test('logs are lines of JSON, without control characters', async () => {
  rig.control.lines = [
    { at: NOON, stream: 'stdout', text: 'plain\ttext' },
    { at: null, stream: 'stderr', text: '\u001b[31mred\u001b[0m\u0007 \u001b]0;title\u0007x\r\u202e</script>' },
  ];
  const stream = await open('/api/agents/echo/logs?tail=5&since=2026-01-01T12:00:00Z');
  assert.match(String(stream.response.headers.get('content-type')), /^application\/x-ndjson/);
  const lines = (await stream.readAll())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  assert.deepEqual(lines, [
    { at: NOON, stream: 'stdout', text: 'plain\ttext' },
    { at: null, stream: 'stderr', text: 'red x</script>' },
  ]);
  assert.deepEqual(rig.control.calls, [`logs echo {"tail":5,"follow":false,"since":${BORN / 1000}}`]);
});

test('logs come as server-sent events to who asks for them', async () => {
  rig.control.lines = [{ at: NOON, stream: 'build', text: 'step 1' }];
  const stream = await open('/api/agents/echo/logs', { accept: 'text/event-stream' });
  assert.match(await stream.readAll(), /event: line\ndata: \{"at":"2026[^\n]*"text":"step 1"\}\n\n/);
});

test('a followed log is let go when the reader leaves', async () => {
  rig.control.lines = [{ at: NOON, stream: 'stdout', text: 'one' }];
  const stream = await open('/api/agents/echo/logs?follow=1');
  await stream.readUntil('one');
  stream.leave();
  await rig.control.released;
});

test('a followed log is let go when the server closes', async () => {
  rig.control.lines = [{ at: NOON, stream: 'stdout', text: 'one' }];
  const stream = await open('/api/agents/echo/logs?follow');
  await stream.readUntil('one');
  await rig.app.close();
  await rig.control.released;
});

test('a log that breaks off says why in its last line', async () => {
  rig.control.lines = [{ at: NOON, stream: 'stdout', text: 'one' }];
  rig.control.logError = new HairemError('engine_unavailable', 'the socket is gone');
  const lines = (await (await open('/api/agents/echo/logs')).readAll()).trimEnd().split('\n');
  const last = JSON.parse(lines.at(-1) ?? '') as { problem: { code: string; detail: string } };
  assert.deepEqual([last.problem.code, last.problem.detail], ['engine_unavailable', 'the socket is gone']);
});

test('bad log options are refused', async () => {
  for (const query of ['tail=-1', 'tail=many', 'follow=maybe', 'since=yesterday', 'x=1'])
    assert.equal(
      (await rig.app.inject({ url: `/api/agents/echo/logs?${query}`, headers: AUTH })).statusCode,
      400,
      query,
    );
});

test('the queue waits for the next event, and ends after an overflow', async () => {
  const heard: number[] = [];
  let overflowed = false;
  const queue = createEventQueue<{ id: number }>({
    limit: 2,
    onOverflow: () => {
      overflowed = true;
    },
  });
  const reading = (async () => {
    for await (const { id } of queue.events()) heard.push(id);
  })();
  queue.push({ id: 1 });
  await new Promise(setImmediate);
  assert.deepEqual(heard, [1]);
  for (let id = 2; id <= 5; id += 1) queue.push({ id });
  await reading;
  assert.deepEqual([heard, overflowed], [[1], true]);
});
