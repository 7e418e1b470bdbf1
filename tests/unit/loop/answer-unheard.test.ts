/** Who asks one that nobody acts for is answered at once, and nobody else is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HairemError } from '../../../orchestrator/src/domain/errors.ts';
import { envelope } from '../../../orchestrator/src/domain/h-link.ts';
import { createUnheardAnswers } from '../../../orchestrator/src/loop/answer-unheard.ts';
import { NOON } from '../../fakes/registry-events.ts';

function answers() {
  const published: [channel: string, message: unknown][] = [];
  const logged: object[] = [];
  let now = 0;
  const hear = createUnheardAnswers({
    bus: { publish: async (channel, message) => published.push([channel, message]) },
    clock: { now: () => now, timestamp: () => NOON },
    whyUnheard: (id) => (id === 'dead' ? new HairemError('conflict', 'dead is stopped (by a user)') : null),
    log: { warn: (_text, fields = {}) => void logged.push(fields) },
  });
  const say = (channel: string, id: string, more: object = {}) => hear(channel, text(channel, id, more));
  const pass = (ms: number) => {
    now += ms;
  };
  return { published, logged, say, hear, pass };
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
  assert.deepEqual(payload, { status: 'error', result: null, error: 'dead is stopped (by a user)' });
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
