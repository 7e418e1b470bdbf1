/** What every ledger owes: each call counts once. The fake, and SurrealDB on disk. */
import '../../support/force-exit.ts';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Ledger } from '../../../orchestrator/src/domain/ports/stores.ts';
import { systemClock } from '../../../orchestrator/src/process/system-clock.ts';
import { createSurrealStore } from '../../../orchestrator/src/store/surreal/connection.ts';
import { embeddedEngines } from '../../../orchestrator/src/store/surreal/embedded.ts';
import { createSurrealLedger } from '../../../orchestrator/src/store/surreal/ledger.ts';
import { prepare } from '../../../orchestrator/src/store/surreal/schema.ts';
import { fakeLedger } from '../../support/fakes/fake-ledger.ts';

const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5, cost: 0.25 };
const twice = { prompt_tokens: 6, completion_tokens: 4, total_tokens: 10, cost: 0.5 };

interface Opened {
  ledger: Ledger;
  close(): Promise<void>;
}

async function onDisk(): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'hairem-ledger-'));
  const store = createSurrealStore({
    place: { kind: 'disk', folder, engines: embeddedEngines(5) },
    querySeconds: 5,
    prepare,
    clock: systemClock,
  });
  const close = async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { ledger: createSurrealLedger(store), close };
}

const PLACES: Readonly<Record<string, () => Promise<Opened>>> = {
  'the fake': async () => ({ ledger: fakeLedger(), close: async () => {} }),
  'SurrealDB on disk': onDisk,
};

for (const [name, open] of Object.entries(PLACES)) {
  describe(`a ledger: ${name}`, { timeout: 60_000 }, () => {
    const own: { opened: Opened | null } = { opened: null };
    before(async () => {
      own.opened = await open();
    });
    after(() => own.opened?.close());
    const ledger = () => own.opened?.ledger ?? fakeLedger();

    test('knows a call that went out and never came back', async () => {
      assert.equal(await ledger().begin('lost', '1'), false);
      assert.equal(await ledger().begin('lost', '1'), true);
      assert.equal(await ledger().begin('lost', '2'), false);
      await ledger().drop('lost', '1');
      assert.equal(await ledger().begin('lost', '1'), false, 'one that failed is not under way');
    });

    test('counts each call once', async () => {
      await ledger().begin('once', '1');
      assert.deepEqual(await ledger().settle('once', '1', usage), usage);
      assert.equal(await ledger().begin('once', '1'), false, 'one that is settled is not under way');
      assert.deepEqual(await ledger().settle('once', '1', usage), usage);
      await ledger().drop('once', '1');
      await ledger().begin('once', '2');
      assert.deepEqual(await ledger().settle('once', '2', usage), twice);
    });

    test('counts many at the same time, each agent for itself', async () => {
      const calls = Array.from({ length: 40 }, (_, n) => ledger().settle(n % 2 ? 'ada' : 'bob', `${n}`, usage));
      await Promise.all(calls);
      const totals = await ledger().totals();
      for (const agent of ['ada', 'bob']) {
        assert.deepEqual(totals.get(agent), { prompt_tokens: 60, completion_tokens: 40, total_tokens: 100, cost: 5 });
      }
      assert.equal(totals.get('carl'), undefined);
    });

    test('adds up what each agent used on each day, also many at the same time', async () => {
      const day = '2026-11-26';
      assert.deepEqual(await ledger().usedOn('dora', day), { tokens: 0, cost: 0 });
      const calls = Array.from({ length: 40 }, () => ledger().spend('dora', day, { tokens: 5, cost: 0.25 }));
      await Promise.all([...calls, ledger().spend('dora', '2026-11-27', { tokens: 1, cost: 0 })]);
      assert.deepEqual(await ledger().usedOn('dora', day), { tokens: 200, cost: 10 });
      assert.deepEqual(await ledger().usedOn('dora', '2026-11-27'), { tokens: 1, cost: 0 });
      assert.deepEqual(await ledger().usedOn('dor', day), { tokens: 0, cost: 0 });
    });
  });
}
