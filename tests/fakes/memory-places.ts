/** Where memories are kept, for tests that want the same of every place. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSurrealMemory } from '../../orchestrator/src/adapters/surreal-memory.ts';
import { createPrepare } from '../../orchestrator/src/adapters/surreal-schema.ts';
import {
  createSurrealStore,
  type SurrealPlace,
  type SurrealStore,
} from '../../orchestrator/src/adapters/surreal-store.ts';
import { systemClock } from '../../orchestrator/src/adapters/system-clock.ts';
import type { MemoryStore } from '../../orchestrator/src/domain/stores.ts';
import { fakeMemoryStore } from './fake-memory-store.ts';
import { startSurrealServer } from './surreal-server.ts';

export interface OpenedStore {
  store: MemoryStore;
  close(): Promise<void>;
}

/** What it is over: the databases themselves. */
export interface OpenedSurreal extends OpenedStore {
  surreal: SurrealStore;
  /** As a restart of a server does; the embedded engine has no connection. */
  cut(): void;
}

export const openFake = async (): Promise<OpenedStore> => ({ store: fakeMemoryStore(), close: async () => {} });

const QUERY_SECONDS = 2;

function surrealAt(place: SurrealPlace): SurrealStore {
  const store: SurrealStore = createSurrealStore({
    place,
    querySeconds: QUERY_SECONDS,
    prepare: createPrepare(() => store.own()),
    clock: systemClock,
  });
  return store;
}

export const REAL_PLACES: Readonly<Record<string, () => Promise<OpenedSurreal>>> = {
  'the embedded engine on disk': async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hairem-memory-'));
    const surreal = surrealAt({ kind: 'disk', folder });
    const close = async () => {
      await surreal.close();
      await rm(folder, { recursive: true, force: true });
    };
    return { surreal, store: createSurrealMemory(surreal), cut: () => {}, close };
  },
  'a server behind a WebSocket': async () => {
    const { url, user, cut, stop } = await startSurrealServer(QUERY_SECONDS);
    const surreal = surrealAt({ kind: 'server', url, user, namespace: 'hairem' });
    return { surreal, store: createSurrealMemory(surreal), cut, close: () => surreal.close().then(stop) };
  },
};
