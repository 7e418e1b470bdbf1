/** `registry.list` in pages: each fits into a message, all together are the crew, and what is asked cannot be absurd. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from '../../../agent-base-image/typescript/src/registry.ts';
import type { AgentRecord } from '../../../orchestrator/src/domain/agent-record.ts';
import { createRegistryService } from '../../../orchestrator/src/reconcile/services/registry-service.ts';
import { newRecord } from '../../../orchestrator/src/registry/new-record.ts';
import { NOON } from '../../support/builders/registry-events.ts';
import { fakeAgentHost } from '../../support/fakes/fake-agent-host.ts';

const call = { agent: 'ada', inst: 1, id: 'i', signal: new AbortController().signal, emit() {}, restart() {} };

function serviceOf(records: readonly AgentRecord[]) {
  const { list } = createRegistryService({ list: () => records, get: () => null }).operations;
  assert.ok(list);
  let largest = 0;
  const ask = async (args: Record<string, unknown>) => {
    const answer = await list.run(args, call);
    largest = Math.max(largest, Buffer.byteLength(JSON.stringify(answer)));
    return answer;
  };
  return { ask, largest: () => largest };
}

function crewOf(count: number, bytes: number): AgentRecord[] {
  const ids = Array.from({ length: count }, (_, n) => `agent-${String(n).padStart(4, '0')}`);
  return ids.map((id) => ({ ...newRecord(id, NOON), description: 'x'.repeat(bytes) }));
}

for (const [name, count, bytes] of [
  ['nobody', 0, 0],
  ['one', 1, 100],
  ['exactly a page', 100, 100],
  ['three hundred', 300, 100],
  ['forty with records of 60 KB', 40, 60_000],
  ['one with more than a page', 2, 300_000],
] as const)
  test(`the SDK reads the whole crew: ${name}`, async () => {
    const crew = crewOf(count, bytes);
    const { ask, largest } = serviceOf(crew);
    const host = fakeAgentHost();
    host.onRequest = ({ args }) => ask(args);
    const registry = new Registry(host);
    assert.deepEqual(
      (await registry.list()).map(({ id }) => id),
      crew.map(({ id }) => id),
    );
    assert.ok(largest() < 512 * 1024, `${largest()} bytes`);
  });

test('one that runs since before there were pages gets a list, and never more than a message', async () => {
  const { ask, largest } = serviceOf(crewOf(40, 60_000));
  assert.ok(Array.isArray(await ask({})));
  assert.ok(largest() < 512 * 1024);
});

test('a limit and a cursor of nonsense do no harm', async () => {
  const { ask } = serviceOf(crewOf(3, 10));
  for (const limit of [0, -1, 0.5, 'all']) await assert.rejects(ask({ limit }), { code: 'bad_request' });
  assert.deepEqual(await ask({ limit: 10, cursor: 'zzz' }), { agents: [], next: null });
  assert.equal(((await ask({ limit: 2 })) as { next: string }).next, 'agent-0001');
});
