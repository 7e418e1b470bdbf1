/** Every door through which an agent's text leaves is watched, and what programs read by is left alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogLine, StateStore } from '../../../orchestrator/src/domain/ports/ports.ts';
import { NEW_STORED_AGENT, type StoredAgent } from '../../../orchestrator/src/domain/stored-agent.ts';
import {
  redactedControl,
  redactedHost,
  redactedRegistry,
  redactedStore,
} from '../../../orchestrator/src/redact/redacted-ports.ts';
import { createRedactor } from '../../../orchestrator/src/redact/redactor.ts';
import { createRegistry } from '../../../orchestrator/src/registry/create-registry.ts';
import { desired } from '../../support/builders/registry-events.ts';
import { createFakeContainerHost } from '../../support/fakes/fake-container-host.ts';
import { fakeControl } from '../../support/fakes/fake-control.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

const redactor = createRedactor();
redactor.hide(['sesame-open', 'active', 'desired']);

test('records and events: every free text, and no state of ours', () => {
  const registry = redactedRegistry(createRegistry({ clock: steppedClock() }), redactor);
  const told: unknown[] = [];
  registry.subscribe((_id, event) => told.push(event));
  const about = { agent: 'echo', at: '2026-01-01T00:00:00Z' };
  registry.apply({ ...about, ...desired('h1') });
  registry.apply({
    ...about,
    type: 'failed',
    because: 'said sesame-open',
    code: 'rejected',
    log: ['c2VzYW1lLW9wZW4='],
  });
  registry.apply({ ...about, type: 'blocked', because: 'not active' });
  const record = registry.get('echo');
  assert.equal(record?.status, 'blocked');
  assert.deepEqual(record?.warnings, ['failure: said ***']);
  assert.doesNotMatch(JSON.stringify([told, record]), /sesame|c2VzYW1l/);
  assert.deepEqual(told.at(-1), { ...about, type: 'blocked', because: 'not ***' });
});

test('log lines, also where the reader cut a long one off', async () => {
  async function* logs(): AsyncIterable<LogLine> {
    yield { at: null, stream: 'stdout', text: 'it is sesame-open' };
    yield { at: null, stream: 'stdout', text: `${'x'.repeat(1995)}sesam` };
    yield { at: null, stream: 'stdout', text: 'open, sesam' };
  }
  const host = redactedHost({ ...createFakeContainerHost({ installId: 'x' }), logs }, redactor);
  const texts: string[] = [];
  for await (const { text } of host.logs('c1', { tail: 9, follow: false })) texts.push(text);
  assert.deepEqual(texts, ['it is ***', `${'x'.repeat(1995)}***`, 'open, sesam']);
});

test('messages to the user, under any key of the payload', async () => {
  const control = fakeControl();
  control.reply = { type: 'expert.response', payload: { status: 'sesame-open', result: ['sesame-open'] } };
  const watched = redactedControl(control, redactor);
  const { reply } = await watched.send('echo', { type: 'user_message', payload: {} }, 1);
  assert.deepEqual(reply, { type: 'expert.response', payload: { status: '***', result: ['***'] } });
  const heard: unknown[] = [];
  watched.onUserMessage((message) => heard.push(message));
  control.say({ id: 'active', payload: { content: 'sesame-open' } });
  assert.deepEqual(heard, [{ id: 'active', payload: { content: '***' } }]);
});

test('what is kept on disk of a version that failed', async () => {
  const kept: (StoredAgent | null)[] = [];
  const store: StateStore = { load: async () => ({}), save: async (_agent, state) => void kept.push(state) };
  const watched = redactedStore(store, redactor);
  await watched.save('echo', { ...NEW_STORED_AGENT, condemned: { hash: 'h', because: 'bad sesame-open' } });
  await watched.save('echo', NEW_STORED_AGENT);
  await watched.save('echo', null);
  assert.deepEqual(kept, [
    { ...NEW_STORED_AGENT, condemned: { hash: 'h', because: 'bad ***' } },
    NEW_STORED_AGENT,
    null,
  ]);
});
