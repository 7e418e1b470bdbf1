/** A SurrealDB server that goes mute with its connection standing: nobody waits for ever, and it is connected to anew. */
import '../../support/force-exit.ts';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createSurrealStore, type SurrealStore } from '../../../orchestrator/src/store/surreal/connection.ts';
import { prepare } from '../../../orchestrator/src/store/surreal/schema.ts';
import { turnedUntil } from '../../support/eventually.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';
import { type SurrealServer, startSurrealServer } from '../../support/servers/surreal-server.ts';

describe('a mute store', { timeout: 60_000 }, () => {
  const own: { server: SurrealServer | null; store: SurrealStore | null } = { server: null, store: null };
  const server = () => own.server as SurrealServer;
  const store = () => own.store as SurrealStore;
  /** Stands still while the store answers, however long that takes. */
  const clock = steppedClock();
  before(async () => {
    own.server = await startSurrealServer(2);
    const { url, user } = own.server;
    const opened = createSurrealStore({
      place: { kind: 'server', url, user, namespace: 'hairem' },
      querySeconds: 2,
      prepare,
      clock,
    });
    own.store = opened;
  });
  after(async () => {
    await own.store?.close();
    await own.server?.stop();
  });

  const asking: [string, () => Promise<unknown>][] = [
    ['a query', async () => (await store().own()).query('RETURN 1')],
    ['a transaction', async () => (await store().own()).transaction((query) => query('RETURN 1'))],
    ['opening an agent’s database', async () => store().ofAgent(`ada${Math.random()}`.replace('.', ''))],
  ];
  for (const [what, ask] of asking) {
    test(`${what} ends at its deadline, and is answered when the store is back`, async () => {
      await ask();
      server().mute(true);
      const asked = assert.rejects(ask(), { code: 'unavailable', message: /said nothing for 12 s/ });
      await turnedUntil(() => clock.sleepers() > 0);
      clock.advance(12_000);
      await asked;
      server().mute(false);
      await ask();
    });
  }
});
