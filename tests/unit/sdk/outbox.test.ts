/** What an agent's messages carry of their cause, and who may speak when (BUS.md, Envelope and rule 13). */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { beforeEach, describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Phase } from '../../../agent-base-image/typescript/src/follower/state.ts';
import { type Message, toMessage } from '../../../agent-base-image/typescript/src/message.ts';
import { type Cause, causes } from '../../../agent-base-image/typescript/src/runtime/cause.ts';
import { createOutbox, type Outbox } from '../../../agent-base-image/typescript/src/runtime/outbox.ts';
import { handling } from '../../support/builders/a-cause.ts';
import { type SteppedClock, steppedClock } from '../../support/fakes/stepped-clock.ts';

let sent: { channel: string; message: Message }[];
let counted: string[];
let unheard: string[];
let acknowledged: string[];
let phase: Phase;
/** How many Redis says it gave a message to. */
let receivers: number;
let clock: SteppedClock;
let outbox: Outbox;

beforeEach(() => {
  sent = [];
  counted = [];
  unheard = [];
  acknowledged = [];
  phase = 'ACTIVE';
  receivers = 1;
  clock = steppedClock();
  outbox = createOutbox({
    agent: 'electra',
    inst: 7,
    clock,
    role: () => 'expert',
    phase: () => phase,
    publish: async (channel, text) => {
      const message = toMessage(JSON.parse(text));
      assert.ok(message, `not a valid envelope: ${text}`);
      sent.push({ channel, message });
      return receivers;
    },
    sent: ({ id }) => acknowledged.push(id),
    count: (why) => counted.push(why),
    unheard: (why) => unheard.push(why),
  });
});

const send = (target: string, cause?: Cause, more: { type?: string; correlationId?: string } = {}) =>
  causes.run(cause as Cause, () => outbox.send({ target, type: 'system.log', payload: {}, ...more }));
const refuses = (promise: Promise<unknown>, code: string) => assert.rejects(promise, { name: 'SendError', code });

describe('the outbox', () => {
  test('sends no more than others hear: the rest in its order, later, and only while it may still speak', async () => {
    const all = Array.from({ length: 506 }, () => send('bob'));
    const late = all.slice(500).map((one) =>
      one.then(
        () => 'sent',
        ({ code }) => code,
      ),
    );
    await Promise.all(all.slice(0, 500));
    assert.equal(sent.length, 500);
    clock.advance(10);
    await Promise.all(late.slice(0, 5));
    assert.equal(sent.length, 505);
    phase = 'SPARE';
    await turn();
    clock.advance(10);
    assert.deepEqual(await Promise.all(late), [...Array(5).fill('sent'), 'not_active']);
  });

  test('sends to an agent, to user and to all, each on its own channel', async () => {
    const id = await send('bob');
    await send('user');
    await send('broadcast');
    assert.deepEqual(
      acknowledged,
      sent.map(({ message }) => message.id),
    );
    assert.deepEqual(
      sent.map(({ channel }) => channel),
      ['agent:bob:electra', 'agent:user:electra', 'broadcast:electra'],
    );
    assert.match(id, /^7\.[0-9a-f-]{36}$/);
    assert.deepEqual(sent[0]?.message.metadata, {
      priority: 'normal',
      correlation_id: null,
      ttl: 5,
      chain: [],
      redelivered: false,
    });
  });

  test('carries its cause: ttl, chain and the flag', async () => {
    await send('bob', handling({ metadata: { ttl: 4, chain: ['m0'], redelivered: true } }));
    const { ttl, chain, redelivered } = sent[0]?.message.metadata ?? {};
    assert.deepEqual({ ttl, chain, redelivered }, { ttl: 3, chain: ['m0', 'm1'], redelivered: true });
  });

  test('keeps the chain within the ttl', async () => {
    await send('bob', handling({ metadata: { chain: ['a', 'b', 'c', 'd', 'e'] } }));
    assert.deepEqual(sent[0]?.message.metadata.chain, ['b', 'c', 'd', 'e', 'm1']);
  });

  test('does not send below ttl 1, and counts it', async () => {
    await refuses(send('bob', handling({ metadata: { ttl: 1 } })), 'ttl_spent');
    assert.deepEqual(counted, ['ttl']);
    assert.equal(sent.length, 0);
    await send('bob', handling({ metadata: { ttl: 2 } }));
    assert.equal(sent[0]?.message.metadata.ttl, 1);
  });

  test('an answer and what is said to user are exempt, the answer to an answer is not', async () => {
    await send('user', handling({ metadata: { ttl: 0 } }));
    await send('bob', handling({ metadata: { ttl: 0 } }), { correlationId: 'm1' });
    await send('bob', handling({ metadata: { ttl: 0 } }), { type: 'expert.response' });
    assert.deepEqual(
      sent.map(({ message }) => message.metadata.ttl),
      [0, 0, 0],
    );
    await refuses(
      send('bob', handling({ metadata: { ttl: 0, correlation_id: 'x' } }), { correlationId: 'm1' }),
      'ttl_spent',
    );
  });

  test('refuses a broadcast because of a broadcast, and a target that is no id', async () => {
    await refuses(send('broadcast', handling({ isBroadcast: true })), 'refused');
    await send('broadcast', handling());
    for (const target of ['', 'a:b', '*', 'A', '-a']) await refuses(send(target), 'refused');
  });

  test('speaks only when active, a running handler also while draining', async () => {
    for (phase of ['CONNECTED', 'STANDBY', 'SPARE', 'GONE'] as const) {
      await refuses(send('bob'), 'not_active');
      await refuses(send('bob', handling()), 'not_active');
    }
    phase = 'DRAINING';
    await send('bob', handling());
    await refuses(send('bob'), 'not_active');
    await refuses(send('bob', handling({ settled: true })), 'not_active');
  });

  test('a cancelled handler or task may not speak', async () => {
    const signal = AbortSignal.abort();
    await refuses(send('bob', handling({ signal })), 'cancelled');
    await refuses(send('bob', { kind: 'task', signal }), 'cancelled');
  });

  test('a publish that nobody awaits still belongs to its handler', async () => {
    const cause = handling();
    const sending = send('bob', cause);
    assert.equal(cause.pending.size, 1);
    await sending;
    assert.equal(cause.pending.size, 0);
  });
});

describe('an ask', () => {
  const ask = (cause?: Cause) =>
    causes.run(cause as Cause, () => outbox.ask({ target: 'bob', type: 'expert.command', payload: {} }, 30));
  const question = () => sent[0]?.message.id ?? '';

  test('resolves with what answers it', async () => {
    const asking = ask();
    await Promise.resolve();
    assert.match(question(), /^7\.ask-[0-9a-f-]{36}$/);
    outbox.answer('7.ask-other', handling().message);
    outbox.answer(question(), handling({ metadata: { correlation_id: question() } }).message);
    assert.equal((await asking).id, 'm1');
  });

  const SAID: readonly [code: string, payload: object][] = [
    ['not_there', { code: 'conflict', error: 'bob is stopped: `hairem start bob`' }],
    ['not_there', { error: 'as an earlier orchestrator says it' }],
    ['instance_died', { code: 'instance_died', error: 'bob ended while it had this message' }],
  ];
  for (const [code, payload] of SAID) {
    test(`rejects at once where the orchestrator says why: ${code} of ${JSON.stringify(payload)}`, async () => {
      const asking = ask();
      await Promise.resolve();
      const { message } = handling({ from: 'orchestrator', metadata: { correlation_id: question() } });
      outbox.answer(question(), { ...message, payload: { status: 'error', result: null, ...payload } });
      await refuses(asking, code);
      // What comes late all the same is nobody's: neither handled nor said to be unheard.
      outbox.answer(question(), { ...message, sender: { agent_id: 'bob' } });
      outbox.answer(question(), message);
      assert.deepEqual(unheard, []);
    });
  }

  test('rejects at once where Redis gave it to nobody', async () => {
    receivers = 0;
    await refuses(ask(), 'not_there');
    assert.equal(clock.sleepers(), 0);
  });

  test('of what nobody waits for, that nobody hears it is told', () => {
    const { message } = handling({ from: 'orchestrator', metadata: { correlation_id: '7.1' } });
    outbox.answer('7.1', { ...message, payload: { status: 'error', error: 'bob is stopped' } });
    outbox.answer('7.2', handling({ metadata: { correlation_id: '7.2' } }).message);
    assert.deepEqual(unheard, ['bob is stopped']);
  });

  test('rejects when no answer comes in time, and forgets the question', async () => {
    const asking = ask();
    await Promise.resolve();
    clock.advance(30_000);
    await refuses(asking, 'timeout');
    outbox.answer(question(), handling().message);
  });

  test('leaves neither timer nor listener behind when it is answered', async () => {
    const { signal } = new AbortController();
    const asking = ask(handling({ signal }));
    await Promise.resolve();
    outbox.answer(question(), handling().message);
    await asking;
    assert.equal(clock.sleepers(), 0);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  test('rejects when its handler is cancelled', async () => {
    const controller = new AbortController();
    const asking = ask(handling({ signal: controller.signal }));
    await Promise.resolve();
    controller.abort();
    await refuses(asking, 'cancelled');
    assert.equal(clock.sleepers(), 0);
  });
});
