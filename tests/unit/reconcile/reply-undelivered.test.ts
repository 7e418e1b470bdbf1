/** Who asks one that nobody acts for, or that ends, is answered at once, and nobody else is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { envelope } from '../../../orchestrator/src/domain/messages/h-link.ts';
import { createUndeliveredReplies } from '../../../orchestrator/src/reconcile/services/reply-undelivered.ts';
import { NOON } from '../../support/builders/registry-events.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** @param othersListen somebody else is on the bus, or whether that is so cannot be found out */
function answers(othersListen: boolean | Error = false) {
  const published: [channel: string, message: unknown][] = [];
  const logged: object[] = [];
  let now = 0;
  let looks = 0;
  const { hear, lost } = createUndeliveredReplies({
    bus: { publish: async (channel, message) => published.push([channel, message]) },
    clock: { now: () => now, timestamp: () => NOON },
    whyUndelivered: (id) => (id === 'dead' ? new HairemError('conflict', 'dead is stopped (by a user)') : null),
    isAgent: (id) => id !== 'nobody',
    async othersListen() {
      looks += 1;
      if (othersListen instanceof Error) throw othersListen;
      return othersListen;
    },
    log: { warn: (_text, fields = {}) => void logged.push(fields) },
  });
  const say = (channel: string, id: string, more: object = {}) => hear(channel, text(channel, id, more));
  const pass = (ms: number) => {
    now += ms;
  };
  return { published, logged, say, hear, lost, pass, looks: () => looks };
}

function text(channel: string, id: string, more: object): string {
  const [, target = '', sender = ''] = channel.split(':');
  const about = { id, timestamp: NOON, type: 'expert.command', payload: { command: 'x' } };
  return JSON.stringify({ ...about, sender: { agent_id: sender }, recipient: { target }, ...more });
}

test('a question to one that is stopped is answered in its place, with what to do', () => {
  const { published, say } = answers();
  say('agent:dead:renarde', '7.ask-1');
  const [[channel, message] = ['', null]] = published;
  assert.equal(channel, 'agent:renarde:orchestrator');
  const { type, payload, metadata, sender } = envelope.parse(message);
  assert.deepEqual([type, sender.agent_id, metadata.correlation_id], ['expert.response', 'orchestrator', '7.ask-1']);
  assert.deepEqual(payload, { status: 'error', result: null, error: 'dead is stopped (by a user)', code: 'conflict' });
});

const NOT_ANSWERED: Readonly<Record<string, [channel: string, id: string, more?: object]>> = {
  'one that acts': ['agent:alive:renarde', '7.ask-1'],
  'an answer, which is late': ['agent:dead:renarde', '7.0b1', { metadata: { correlation_id: 'x' } }],
  'what a person says, who hears it from the API': ['agent:dead:user', '7.ask-1'],
  'the echo of rule 5': ['agent:dead:orchestrator', '7.ask-1'],
  itself: ['agent:dead:dead', '7.ask-1'],
  'one who speaks in the name of another': ['agent:dead:renarde', '7.ask-1', { sender: { agent_id: 'horloge' } }],
  'what is said to all': ['broadcast:renarde', '7.ask-1'],
};

for (const [name, [channel, id, more]] of Object.entries(NOT_ANSWERED)) {
  test(`not answered: ${name}`, () => {
    const { published, say } = answers();
    say(channel, id, more);
    assert.deepEqual(published, []);
  });
}

test('what waits for nothing is told once a minute', () => {
  const { published, say, pass } = answers();
  for (const id of ['7.1', '7.2', '7.3']) say('agent:dead:renarde', id);
  assert.equal(published.length, 1);
  pass(60_000);
  say('agent:dead:renarde', '7.4');
  assert.equal(published.length, 2);
});

test('what is no message is nothing', () => {
  const { published, logged, hear } = answers();
  for (const odd of ['', 'null', '{', '[]', '{"id":"7.ask-1"}']) hear('agent:dead:renarde', odd);
  assert.deepEqual([published, logged], [[], []]);
});

test('one that asks on and on is answered twenty times a second, and is logged once a minute', () => {
  const { published, logged, say, pass } = answers();
  for (let n = 0; n < 100; n += 1) say('agent:dead:renarde', `7.ask-${n}`);
  assert.deepEqual([published.length, logged.length], [20, 1]);
  pass(1000);
  say('agent:dead:renarde', '7.ask-x');
  assert.deepEqual([published.length, logged.length], [21, 1]);
  pass(60_000);
  say('agent:dead:renarde', '7.ask-y');
  assert.equal(logged.length, 2);
});

const ENDED = new HairemError('instance_died', 'alive ended while it had this message: exit code 9');

/** Of each question that was told: who asked it, and which. */
const toldIn = (published: readonly [string, unknown][]) =>
  published.map(([channel, message]) => [channel, envelope.parse(message).metadata.correlation_id]);

test('who asked one that ends is told so, once', () => {
  const { published, say, lost } = answers();
  say('agent:alive:renarde', '7.ask-1');
  say('agent:alive:horloge', '2.ask-1');
  lost('alive', ENDED);
  assert.deepEqual(toldIn(published), [
    ['agent:renarde:orchestrator', '7.ask-1'],
    ['agent:horloge:orchestrator', '2.ask-1'],
  ]);
  const { error, code } = envelope.parse(published[0]?.[1]).payload;
  assert.deepEqual([error, code], [ENDED.message, 'instance_died']);
  lost('alive', ENDED);
  assert.equal(published.length, 2);
});

const HAS_NO_QUESTION: Readonly<Record<string, [channel: string, id: string, more?: object][]>> = {
  'it has answered': [
    ['agent:alive:renarde', '7.ask-1'],
    ['agent:renarde:alive', '3.0b1', { metadata: { correlation_id: '7.ask-1' } }],
  ],
  'nobody waits for it': [['agent:alive:renarde', '7.0b1']],
  'it was asked of another': [['agent:other:renarde', '7.ask-1']],
  'a person asked, who hears it from the API': [['agent:alive:user', '7.ask-1']],
  'one who speaks in the name of another': [['agent:alive:renarde', '7.ask-1', { sender: { agent_id: 'horloge' } }]],
};

for (const [name, said] of Object.entries(HAS_NO_QUESTION)) {
  test(`one that ends owes no answer: ${name}`, () => {
    const { published, say, lost } = answers();
    for (const [channel, id, more] of said) say(channel, id, more);
    lost('alive', ENDED);
    assert.deepEqual(published, []);
  });
}

test('an answer is from whom it was asked of: no other takes the question away', () => {
  const { published, say, lost } = answers();
  say('agent:alive:renarde', '7.ask-1');
  say('agent:renarde:wolf', '1.1', { metadata: { correlation_id: '7.ask-1' } });
  lost('alive', ENDED);
  assert.equal(published.length, 1);
});

test('an answer to one that is stopped meanwhile ends its question, too', () => {
  const { published, say, lost } = answers();
  say('agent:alive:dead', '7.ask-1');
  say('agent:dead:alive', '3.0b1', { metadata: { correlation_id: '7.ask-1' } });
  const before = published.length;
  lost('alive', ENDED);
  assert.equal(published.length, before);
});

test('a question to a name that is no agent’s is answered where nobody else could hear it', async () => {
  const { published, say } = answers();
  say('agent:nobody:renarde', '7.ask-1');
  await settled();
  assert.deepEqual(toldIn(published), [['agent:renarde:orchestrator', '7.ask-1']]);
  const { error, code } = envelope.parse(published[0]?.[1]).payload;
  assert.deepEqual([error, code], ['there is no agent nobody: `./hairem ps` shows who there is', 'not_found']);
});

for (const othersListen of [true, new Error('Redis is away')]) {
  test(`it is left to its deadline where somebody else may: ${othersListen}`, async () => {
    const { published, logged, say } = answers(othersListen);
    say('agent:nobody:renarde', '7.ask-1');
    await settled();
    assert.deepEqual([published, logged], [[], []]);
  });
}

test('who listens is looked at twenty times a second for one that asks on and on', () => {
  const { say, looks } = answers();
  for (let n = 0; n < 100; n += 1) say('agent:nobody:renarde', `7.ask-${n}`);
  assert.equal(looks(), 20);
});
