/** What becomes history, how it gets to the services, and that losing them loses history and nothing else. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import type { HistoryEntry } from '../../../orchestrator/src/domain/ports/stores.ts';
import { entryOfEvent, entryOfMessage, saidOn } from '../../../orchestrator/src/history/entries.ts';
import { createRecorder } from '../../../orchestrator/src/history/recorder.ts';
import { createServicesClient } from '../../../orchestrator/src/rpc/services-client.ts';
import { eventOf } from '../../support/builders/registry-events.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));
const silent = { debug() {}, info() {}, warn() {}, error() {} };

function entryOn(channel: string, text: string): HistoryEntry | null {
  const said = saidOn(channel, text);
  return said && entryOfMessage(said, text);
}

function message(type: string, from: string, to: string): string {
  const sender = { agent_id: from };
  const recipient = { target: to };
  return JSON.stringify({ id: 'm1', timestamp: '2026-01-01T00:00:00Z', type, sender, recipient, payload: {} });
}

describe('history', () => {
  test('is what user and crew say to each other, among themselves and to all, and nothing else', () => {
    const entry = entryOn('agent:user:echo', message('narrative.text', 'echo', 'user'));
    assert.deepEqual(
      { ...entry, body: null },
      {
        id: 'echo:m1',
        at: '2026-01-01T00:00:00Z',
        kind: 'message',
        agent: 'echo',
        target: 'user',
        body: null,
      },
    );
    assert.ok(entryOn('agent:echo:user', message('user_message', 'user', 'echo')));
    assert.ok(entryOn('broadcast:echo', message('narrative.action', 'echo', 'broadcast')));
    const not: [string, string][] = [
      ['agent:bob:echo', message('system.whisper', 'echo', 'bob')],
      ['agent:bob:echo', message('agent.internal_note', 'echo', 'bob')],
      ['agent:bob:zed:echo', message('narrative.text', 'echo', 'bob')],
      ['agent:bob:orchestrator', message('narrative.text', 'orchestrator', 'bob')],
      ['agent:bob:echo', message('narrative.text', 'echo', 'bob').padEnd(70_000)],
      ['agent:user:echo', message('narrative.chunk', 'echo', 'user')],
      ['agent:user:echo', message('expert.response', 'echo', 'user')],
      ['agent:user:echo', message('narrative.text', 'mallory', 'user')],
      ['agent:user:echo', '{"type":"narrative.text"'],
      ['re:echo:1', message('narrative.text', 'echo', 'user')],
    ];
    for (const [channel, text] of not) assert.equal(entryOn(channel, text), null, `${channel} ${text}`);
  });

  test('knows what is said among agents, and to whom by the channel', () => {
    const text = message('narrative.text', 'echo', 'somebody else');
    assert.deepEqual(saidOn('agent:bob:echo', text), { sender: 'echo', target: 'bob', isAmongAgents: true });
    assert.equal(entryOn('agent:bob:echo', text)?.target, 'bob');
    for (const channel of ['agent:user:echo', 'agent:echo:user', 'broadcast:echo'])
      assert.equal(saidOn(channel, text)?.isAmongAgents, false, channel);
  });

  test('is of events what matters later', () => {
    const crashed = eventOf({ type: 'removed' });
    assert.deepEqual(entryOfEvent(7, crashed, { shown: true }), {
      id: 'event:7',
      at: crashed.at,
      kind: 'event',
      agent: crashed.agent,
      target: null,
      body: { shown: true },
    });
    assert.equal(entryOfEvent(8, eventOf({ type: 'stale' }), {}), null);
  });
});

function aKeeper() {
  const clock = steppedClock();
  const asked: HistoryEntry[][] = [];
  const own = { fails: false };
  const keeper = createRecorder({
    clock,
    log: silent,
    of: 'all',
    most: 5_000,
    ask: async ({ args }) => {
      const entries = args.entries as HistoryEntry[];
      asked.push(entries);
      if (own.fails) throw new HairemError('unavailable', 'away');
      if (entries.some(({ agent }) => agent === 'spoilt')) throw new HairemError('bad_request', 'what is that');
    },
  });
  const stop = new AbortController();
  const running = keeper.run(stop.signal);
  const turn = async () => {
    await settled();
    clock.advance(500);
    await settled();
    await settled();
  };
  const end = async () => {
    stop.abort();
    await running;
  };
  return { keeper, asked, own, turn, end, clock };
}

const entry = (n: number, body: unknown = {}): HistoryEntry => ({
  id: `event:${n}`,
  at: '2026-01-01T00:00:00Z',
  kind: 'event',
  agent: 'echo',
  target: null,
  body,
});

describe('the keeper of history', () => {
  test('sends in order, in batches that a message can carry', async () => {
    const { keeper, asked, turn, end } = aKeeper();
    for (let n = 0; n < 150; n += 1) keeper.note(entry(n));
    for (let n = 150; n < 154; n += 1) keeper.note(entry(n, 'x'.repeat(100_000)));
    await turn();
    await turn();
    assert.deepEqual(
      asked.flat().map(({ id }) => id),
      Array.from({ length: 154 }, (_, n) => `event:${n}`),
    );
    for (const batch of asked) assert.ok(JSON.stringify(batch).length < 400_000);
    await end();
  });

  test('keeps what could not be sent, and drops the oldest of too much', async () => {
    const { keeper, asked, own, turn, end } = aKeeper();
    own.fails = true;
    keeper.note(entry(0));
    await turn();
    for (let n = 1; n < 6000; n += 1) keeper.note(entry(n));
    await turn();
    own.fails = false;
    asked.length = 0;
    await turn();
    for (let n = 0; n < 60; n += 1) await settled();
    const ids = asked.flat().map(({ id }) => id);
    assert.equal(ids.length, 5000);
    assert.equal(ids[0], 'event:0');
    assert.equal(ids.at(-1), 'event:5999');
    await end();
  });

  test('costs nothing while nothing is to be kept', async () => {
    const { keeper, asked, turn, end, clock } = aKeeper();
    await settled();
    assert.equal(clock.sleepers(), 0);
    keeper.note(entry(0));
    keeper.note(entry(1));
    await settled();
    assert.equal(asked.length, 0, 'it gathers first');
    await turn();
    assert.deepEqual(asked.flat(), [entry(0), entry(1)]);
    assert.equal(clock.sleepers(), 0);
    await end();
  });

  test('tries again what could not be sent, every half second', async () => {
    const { keeper, asked, own, turn, end } = aKeeper();
    own.fails = true;
    keeper.note(entry(0));
    for (let n = 0; n < 4; n += 1) await turn();
    assert.equal(asked.length, 4);
    await end();
  });

  test('leaves out what the services will never take, and nothing else', async () => {
    const { keeper, asked, turn, end } = aKeeper();
    for (let n = 0; n < 5; n += 1) keeper.note({ ...entry(n), agent: n === 2 ? 'spoilt' : 'echo' });
    await turn();
    await turn();
    keeper.note(entry(5));
    await turn();
    const kept = asked.filter((batch) => !batch.some(({ agent }) => agent === 'spoilt')).flat();
    assert.deepEqual(
      kept.map(({ id }) => id),
      ['event:0', 'event:1', 'event:3', 'event:4', 'event:5'],
    );
    await end();
  });

  test('ends when it is told to, also while nothing is to be kept', async () => {
    const { end } = aKeeper();
    await settled();
    await end();
  });

  test('ends when it is told to, also while nobody answers', async () => {
    const { keeper, own, end } = aKeeper();
    own.fails = true;
    keeper.note(entry(0));
    await end();
  });
});

describe('asking the services', () => {
  function rig() {
    const clock = steppedClock();
    const sent: { channel: string; id: string }[] = [];
    const listeners: ((channel: string, text: string) => void)[] = [];
    const bus = {
      publish: async (channel: string, request: unknown) => sent.push({ channel, id: (request as { id: string }).id }),
      onMessage: (listener: (channel: string, text: string) => void) => void listeners.push(listener),
    };
    const hear = (answer: object) => {
      for (const listener of listeners) listener('re:orchestrator:1:history', JSON.stringify(answer));
    };
    const question = { service: 'history', op: 'read', args: {}, deadlineMs: 5_000 };
    return { ask: createServicesClient({ bus, clock }), clock, sent, hear, question };
  }

  test('is sent again with the same id until it is answered', async () => {
    const { ask, clock, sent, hear, question } = rig();
    const asked = ask(question);
    await settled();
    clock.advance(500);
    await settled();
    const [first, second] = sent;
    assert.equal(first?.channel, 'svc:history:orchestrator:1');
    assert.equal(first?.id, second?.id);
    hear({ type: 'working', id: first?.id });
    hear({ type: 'reply', id: first?.id, run: 'r', seq: 0, ok: true, result: [1] });
    assert.deepEqual(await asked, [1]);
    clock.advance(60_000);
    assert.equal(sent.length, 2);
  });

  test('without an answer is a clear error', async () => {
    const { ask, clock, question } = rig();
    const asked = ask(question);
    await settled();
    clock.advance(5_000);
    await assert.rejects(asked, { code: 'unavailable', message: /container `services`/ });
  });

  test('ends when whoever asks gives up, and is not sent any more', async () => {
    const { ask, clock, sent, question } = rig();
    const stop = new AbortController();
    const asked = ask({ ...question, signal: stop.signal });
    await settled();
    stop.abort(new HairemError('cancelled', 'given up'));
    await assert.rejects(asked, { code: 'cancelled' });
    clock.advance(60_000);
    await settled();
    assert.equal(sent.length, 1);
    assert.equal(clock.sleepers(), 0);
  });

  test('hands on what the service says', async () => {
    const { ask, sent, hear, question } = rig();
    const asked = ask(question);
    await settled();
    const error = { code: 'too_large', message: 'ask for less' };
    hear({ type: 'reply', id: sent[0]?.id, run: 'r', seq: 0, ok: false, error });
    await assert.rejects(asked, { code: 'too_large', message: 'ask for less' });
  });
});
