/** What the memory, the registry and the history service let through, and for whom. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HistoryEntry, HistoryStore, NewMemory } from '../../../orchestrator/src/domain/ports/stores.ts';
import { createRegistryService } from '../../../orchestrator/src/reconcile/services/registry-service.ts';
import { createRegistry } from '../../../orchestrator/src/registry/create-registry.ts';
import type { Call, Service } from '../../../orchestrator/src/rpc/operation.ts';
import { createHistoryService } from '../../../orchestrator/src/services/history-service.ts';
import { createMemoryService, type Embed } from '../../../orchestrator/src/services/memory-service.ts';
import { active, desired, eventOf } from '../../support/builders/registry-events.ts';
import { fakeMemoryStore } from '../../support/fakes/fake-memory-store.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

function call(agent: string, id = 'r1'): Call {
  return { agent, inst: 1, id, signal: new AbortController().signal, emit() {}, restart() {} };
}
const ask = async (service: Service, op: string, args: Record<string, unknown>, as = call('ada')) =>
  service.operations[op]?.run(args, as);

function memory(embed: Embed = async () => null) {
  const warnings: string[] = [];
  const kept: NewMemory[] = [];
  const store = fakeMemoryStore();
  const noting: typeof store = {
    ...store,
    remember: (agent, memory) => {
      kept.push(memory);
      return store.remember(agent, memory);
    },
  };
  const log = { debug() {}, info() {}, warn: (text: string) => void warnings.push(text), error() {} };
  const clock = steppedClock();
  return { service: createMemoryService({ store: noting, embed, clock, log }), kept, warnings, clock };
}

describe('the memory service', () => {
  test('takes no number that the database would not take', async () => {
    const { service } = memory();
    for (const large of [1e20, -1e300, 2 ** 53]) {
      await assert.rejects(ask(service, 'query', { surql: 'RETURN $a', vars: { a: [{ b: large }] } }), {
        code: 'bad_request',
        message: `${large} is too large for a variable: give it as text, and say <float> $name`,
      });
      await assert.rejects(ask(service, 'remember', { content: 'a', embedding: [large] }), { code: 'bad_request' });
    }
  });

  test('stores under the id of the request', async () => {
    const { service, kept } = memory();
    await ask(service, 'remember', { content: 'tea at five', tags: ['tea'] }, call('ada', 'the-request'));
    assert.deepEqual(kept, [{ id: 'the-request', content: 'tea at five', tags: ['tea'], embedding: null }]);
  });

  test('asks the embedding model, where the agent gives no vector itself', async () => {
    const { service, kept } = memory(async (text) => [text.length, 1]);
    await ask(service, 'remember', { content: 'four' });
    await ask(service, 'remember', { content: 'own', embedding: [7, 7] }, call('ada', 'r2'));
    assert.deepEqual(
      kept.map(({ embedding }) => embedding),
      [
        [4, 1],
        [7, 7],
      ],
    );
    const found = (await ask(service, 'recall', { query: 'four', limit: 1 })) as { content: string }[];
    assert.equal(found[0]?.content, 'four');
  });

  test('remembers and finds by words while the embedding model is away, and says so', async () => {
    const { service, warnings } = memory(() => Promise.reject(new Error('no route')));
    await ask(service, 'remember', { content: 'tea at five' });
    assert.equal(((await ask(service, 'recall', { query: 'tea' })) as unknown[]).length, 1);
    assert.equal(warnings.length, 2);
  });

  test('remembers by words what a silent embedding model gives no vector for', async () => {
    const silent: Embed = (_text, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const { service, kept, warnings, clock } = memory(silent);
    const remembering = ask(service, 'remember', { content: 'tea at five' });
    clock.advance(29_999);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(kept, []);
    clock.advance(1);
    await remembering;
    assert.deepEqual(
      kept.map(({ content, embedding }) => [content, embedding]),
      [['tea at five', null]],
    );
    assert.equal(warnings.length, 1);
    assert.equal(clock.sleepers(), 0);
  });

  const WRONG: [string, Record<string, unknown>][] = [
    ['remember', {}],
    ['remember', { content: '' }],
    ['remember', { content: 'x', embedding: ['a'] }],
    ['remember', { content: 'x', embedding: Array(5000).fill(1) }],
    ['remember', { content: 'x', tags: 'tea' }],
    ['recall', {}],
    ['recall', { query: 'x', limit: 0 }],
    ['recall', { query: 'x', limit: 101 }],
    ['query', { surql: '' }],
    ['query', { surql: 'RETURN 1', vars: { auth: 1 } }],
    ['query', { surql: 'RETURN 1', vars: { 'a b': 1 } }],
  ];
  for (const [op, args] of WRONG) {
    test(`refuses ${op} ${JSON.stringify(args).slice(0, 60)}`, () =>
      assert.rejects(ask(memory().service, op, args), { code: 'bad_request' }));
  }
});

describe('the registry service', () => {
  const registry = createRegistry({ clock: steppedClock() });
  registry.apply(eventOf(desired('h1')));
  registry.apply(eventOf(active('h1', 1)));
  const service = createRegistryService(registry);

  test('tells who is there, and nothing of secrets, containers and errors', async () => {
    const [record] = (await ask(service, 'list', {})) as Record<string, unknown>[];
    assert.equal(record?.id, 'echo');
    assert.equal(record?.active, true);
    for (const hidden of ['secrets', 'container', 'problems', 'last_update', 'bundle'])
      assert.ok(!(hidden in (record ?? {})));
  });

  test('gets one, in any spelling, or null', async () => {
    assert.equal(((await ask(service, 'get', { id: 'ECHO' })) as { id: string }).id, 'echo');
    assert.equal(await ask(service, 'get', { id: 'nobody' }), null);
  });
});

describe('the history service', () => {
  const added: HistoryEntry[] = [];
  const store: HistoryStore = {
    add: async (entries) => void added.push(...entries),
    read: async () => added,
    forget: async () => 0,
  };
  const service = createHistoryService({ store });
  const entry = { id: 'e1', at: '2026-01-01T00:00:00Z', kind: 'event', agent: 'echo', target: null, body: { a: 1 } };

  test('is for the orchestrator alone', async () => {
    await assert.rejects(ask(service, 'add', { entries: [entry] }), { code: 'refused' });
    const query = { kind: 'event', limit: 10, before: null, agent: null };
    await assert.rejects(ask(service, 'read', query), { code: 'refused' });
    assert.equal(await ask(service, 'add', { entries: [entry] }, call('orchestrator')), 1);
    assert.deepEqual(await ask(service, 'read', query, call('orchestrator')), [entry]);
  });
});
