/** Whatever is said on whatever channel: nobody who reads it throws. Both sides of the bus, and what is shown of it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readDelivery } from '../../agent-base-image/typescript/src/follower/delivery.ts';
import { argumentsOf } from '../../agent-base-image/typescript/src/narrator/skills.ts';
import { readAnswer } from '../../agent-base-image/typescript/src/runtime/service-answer.ts';
import { readContext, readControl, readPeer, readWelcome } from '../../agent-base-image/typescript/src/runtime/wire.ts';
import { wireMessage } from '../../orchestrator/src/api/stream/wire-message.ts';
import { serviceReplies } from '../../orchestrator/src/domain/messages/service-call.ts';
import { readJson } from '../../orchestrator/src/domain/text/json-text.ts';
import { toEvent } from '../../orchestrator/src/engine/events.ts';
import { entryOfMessage, saidOn } from '../../orchestrator/src/history/entries.ts';
import { redactMessage, redactValue } from '../../orchestrator/src/redact/redact-value.ts';
import { createStatusInbox } from '../../orchestrator/src/rollout/instances/status-inbox.ts';
import { createRpcClient } from '../../orchestrator/src/rpc/client.ts';
import { createRpcServer } from '../../orchestrator/src/rpc/server.ts';
import { hostileTexts } from '../support/builders/hostile-texts.ts';
import { steppedClock } from '../support/fakes/stepped-clock.ts';

const clock = steppedClock();
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const bus = { publish: async () => 1 };
const journal = { find: async () => null, keep: async () => {} };
const voices = createStatusInbox(clock);
const services = [{ name: 'llm', operations: {}, perAgent: 1 }];
const server = createRpcServer({ services, repliesOf: serviceReplies, bus, journal, clock, log: quiet });
const asker = createRpcClient({ bus, clock, silence: '' });
const mask = { text: (text: string) => text };

const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  'the status channel': (text) => voices.take('st:mallory:1', text),
  'the services': (text) => server.take('svc:llm:mallory:1', text),
  'the services, as the orchestrator': (text) => server.take('svc:llm:orchestrator:1', text),
  'an answer to the orchestrator': (text) => asker.take(text),
  history: (text) => {
    const said = saidOn('agent:user:mallory', text);
    return said && entryOfMessage(said, text);
  },
  'the event stream': (text) => wireMessage(readJson(text)),
  'the redactor': (text) => JSON.stringify([redactMessage(readJson(text), mask), redactValue(readJson(text), mask)]),
  'an event of the engine': (text) => toEvent(readJson(text)),
  'the inbox': (text) => readDelivery('echo', 'agent:echo:mallory', text),
  'a broadcast': (text) => readDelivery('echo', 'broadcast:mallory', text),
  ctl: readControl,
  'st of a peer': (text) => [readPeer('st:echo:1', text), readContext('st:echo:1', text)],
  re: (text) => [readAnswer(text), readWelcome(text)],
  'arguments of a tool': (text) => argumentsOf({ id: '', type: 'function', function: { name: '', arguments: text } }),
};

const texts = hostileTexts();

describe('nothing that is said is thrown by', () => {
  for (const [name, read] of Object.entries(READERS)) {
    test(name, () => {
      for (const text of texts) assert.doesNotThrow(() => read(text), text.slice(0, 200));
    });
  }
});

test('nothing of it reaches what all objects share', () => {
  assert.equal(Reflect.get({}, 'type'), undefined);
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});

describe('the redactor has a cut, whatever it is given', () => {
  const nested = (wrap: (value: unknown) => unknown) => {
    let value: unknown = 'x';
    for (let level = 0; level < 100_000; level += 1) value = wrap(value);
    return value;
  };
  for (const [name, wrap] of Object.entries({
    lists: (value: unknown) => [value],
    objects: (value: unknown) => ({ a: value }),
    payloads: (value: unknown) => ({ payload: value }),
  })) {
    test(name, () => {
      const deep = nested(wrap);
      assert.match(JSON.stringify(redactValue(deep, mask)), /too deep/);
      assert.match(JSON.stringify(redactMessage({ payload: deep }, mask)), /too deep/);
    });
  }
});
