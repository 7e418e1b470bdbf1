/** Where the services keep things: the store process behind its socket, or a SurrealDB server of the owner's. */

import type { AgentId } from '../domain/agent.ts';
import { HairemError } from '../domain/errors/errors.ts';
import { QUERY_SECONDS, type StoreStatus } from '../domain/messages/store-call.ts';
import type { Log } from '../domain/ports/log.ts';
import type { Clock, Timers } from '../domain/ports/ports.ts';
import type { HistoryStore, Journal, Ledger, MemoryStore } from '../domain/ports/stores.ts';
import type { Config } from '../process/config.ts';
import { createStoreClient } from '../store/client.ts';
import {
  createStoredHistory,
  createStoredJournal,
  createStoredLedger,
  createStoredMemory,
} from '../store/remote-stores.ts';

interface Forgets {
  /** Called by a timer. */
  forgetOld(): Promise<void>;
}

export interface Stores {
  kind: 'store' | 'server';
  memory: MemoryStore;
  history: HistoryStore;
  journal: Journal & Forgets;
  ledger: Ledger & Forgets;
  close(): Promise<void>;
}

export interface StoresOptions {
  config: Config;
  clock: Clock & Timers;
  log: Log;
  /** Bytes that the database of an agent may have. */
  quotaOf(agent: AgentId): Promise<number>;
  onStatus(status: StoreStatus): void;
}

/** @throws HairemError bad_config, for a server whose state a newer hAIrem wrote */
export async function openStores(options: StoresOptions): Promise<Stores> {
  const { url } = options.config.surreal;
  return url === null ? overSocket(options) : onServer(url, options);
}

function overSocket({ config, clock, log, quotaOf, onStatus }: StoresOptions): Stores {
  const client = createStoreClient({
    path: config.storeSocket,
    clock,
    onStatus,
    onState: (state, why) =>
      state === 'up' ? log.info('the store is there') : log.warn('the store has gone: it is waited for', { why }),
  });
  return {
    kind: 'store',
    memory: createStoredMemory(client, quotaOf),
    history: createStoredHistory(client),
    journal: createStoredJournal(client),
    ledger: createStoredLedger(client),
    close: async () => client.close(),
  };
}

/** The driver is loaded for those who use it. */
async function onServer(url: string, { config, clock, log }: StoresOptions): Promise<Stores> {
  const [{ createSurrealStore }, { prepare }, { createSurrealMemory }, { createSurrealHistory }] = await Promise.all([
    import('../store/surreal/connection.ts'),
    import('../store/surreal/schema.ts'),
    import('../store/surreal/memory.ts'),
    import('../store/surreal/history.ts'),
  ]);
  const { createSurrealJournal } = await import('../store/surreal/journal.ts');
  const { createSurrealLedger } = await import('../store/surreal/ledger.ts');
  const { user, namespace } = config.surreal;
  const place = { kind: 'server', url, user, namespace } as const;
  const store = createSurrealStore({ place, querySeconds: QUERY_SECONDS, prepare, clock });
  await tryServer(store, log);
  return {
    kind: 'server',
    memory: createSurrealMemory(store),
    history: createSurrealHistory(store),
    journal: createSurrealJournal(store),
    ledger: createSurrealLedger(store),
    close: store.close,
  };
}

/** A server that is away is waited for by each request; one that is newer than we are must not be touched. */
async function tryServer(store: { own(): Promise<unknown> }, log: Log): Promise<void> {
  try {
    await store.own();
  } catch (error) {
    if (error instanceof HairemError && error.code === 'bad_config') throw error;
    log.warn('there is no memory until the store answers', { error });
  }
}
