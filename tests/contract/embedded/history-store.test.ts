/** History and the journal in SurrealDB, embedded and behind a WebSocket: once per id, in order, not for ever. */
import '../../support/force-exit.ts';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { HistoryEntry, HistoryQuery } from '../../../orchestrator/src/domain/ports/stores.ts';
import { createSurrealHistory } from '../../../orchestrator/src/store/surreal/history.ts';
import { createSurrealJournal } from '../../../orchestrator/src/store/surreal/journal.ts';
import { type OpenedSurreal, REAL_PLACES } from '../../support/builders/memory-places.ts';

const entry = (n: number, more: Partial<HistoryEntry> = {}): HistoryEntry => ({
  id: `e${n}`,
  at: new Date(Date.UTC(2026, 0, 1, 0, 0, n)).toISOString(),
  kind: 'message',
  agent: 'echo',
  target: 'user',
  body: { n, text: "it's “quoted”; DELETE history" },
  ...more,
});
const all: HistoryQuery = { kind: 'message', limit: 100, before: null, agent: null };

for (const [name, open] of Object.entries(REAL_PLACES)) {
  describe(`history and journal: ${name}`, { timeout: 60_000 }, () => {
    const own: { opened: OpenedSurreal | null } = { opened: null };
    const opened = () => own.opened as OpenedSurreal;
    const history = () => createSurrealHistory(opened().surreal);
    const ids = async (query: Partial<HistoryQuery> = {}) =>
      (await history().read({ ...all, ...query })).map(({ id }) => id);
    before(async () => {
      own.opened = await open();
    });
    after(() => own.opened?.close());

    test('is kept once, and read oldest first', async () => {
      await history().add([entry(2), entry(1)]);
      await history().add([entry(1), entry(3)]);
      const [first, ...rest] = await history().read(all);
      assert.deepEqual({ ...first, at: '' }, { ...entry(1), at: '' });
      assert.equal(Date.parse(first?.at ?? ''), Date.parse(entry(1).at));
      assert.deepEqual(
        rest.map(({ id }) => id),
        ['e2', 'e3'],
      );
    });

    test('is read by kind, by agent, and page by page', async () => {
      await history().add([entry(4, { agent: 'bob', target: 'echo' }), entry(5, { kind: 'event', target: null })]);
      assert.deepEqual(await ids({ kind: 'event' }), ['e5']);
      assert.deepEqual(await ids({ agent: 'bob' }), ['e4']);
      assert.deepEqual(await ids({ agent: 'echo', limit: 2 }), ['e3', 'e4']);
      assert.deepEqual(await ids({ before: entry(3).at, limit: 1 }), ['e2']);
    });

    test('is forgotten when it is old or too much', async () => {
      assert.equal(await history().forget({ before: entry(1).at, most: 100, mostAmongAgents: 100 }), 1);
      assert.deepEqual(await ids(), ['e2', 'e3', 'e4']);
      assert.equal(await history().forget({ before: entry(0).at, most: 2, mostAmongAgents: 100 }), 2);
      assert.deepEqual(await ids(), ['e4']);
    });

    test('what agents say to each other displaces nothing else', async () => {
      const chatter = Array.from({ length: 50 }, (_, n) => entry(100 + n, { agent: 'ada', target: 'bob' }));
      await history().add([
        entry(90),
        entry(91, { agent: 'user', target: 'echo' }),
        entry(92, { target: 'broadcast' }),
      ]);
      await history().add([entry(93, { kind: 'event', target: null }), ...chatter]);
      const before = (await ids()).length; // e4 is of that kind, too
      assert.equal(await history().forget({ before: entry(0).at, most: 100, mostAmongAgents: 10 }), 41);
      const left = await ids();
      assert.equal(left.length, before - 41);
      for (const id of ['e90', 'e91', 'e92', 'e140', 'e149']) assert.ok(left.includes(id), id);
      assert.deepEqual(await ids({ kind: 'event' }), ['e5', 'e93']);
    });

    test('the journal has what was kept, whatever it is', async () => {
      const journal = createSurrealJournal(opened().surreal);
      assert.equal(await journal.find('llm:ada:1'), null);
      await journal.keep('llm:ada:1', { text: 'paid for', usage: null });
      assert.deepEqual(await journal.find('llm:ada:1'), { result: { text: 'paid for', usage: null } });
      await journal.keep('llm:ada:2', null);
      assert.deepEqual(await journal.find('llm:ada:2'), { result: null });
      await journal.forgetOld();
      assert.notEqual(await journal.find('llm:ada:1'), null);
    });
  });
}
