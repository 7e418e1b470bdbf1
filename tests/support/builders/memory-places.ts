/** Where memories are kept, for tests that want the same of every place. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MemoryStore } from '../../../orchestrator/src/domain/ports/stores.ts';
import { systemClock } from '../../../orchestrator/src/process/system-clock.ts';
import {
  createSurrealStore,
  type Prepare,
  type SurrealPlace,
  type SurrealStore,
} from '../../../orchestrator/src/store/surreal/connection.ts';
import { embeddedEngines } from '../../../orchestrator/src/store/surreal/embedded.ts';
import { createSurrealMemory } from '../../../orchestrator/src/store/surreal/memory.ts';
import { prepare } from '../../../orchestrator/src/store/surreal/schema.ts';
import { fakeMemoryStore } from '../fakes/fake-memory-store.ts';
import { startSurrealServer } from '../servers/surreal-server.ts';

export interface OpenedStore {
  store: MemoryStore;
  close(): Promise<void>;
}

/** What it is over: the databases themselves. */
export interface OpenedSurreal extends OpenedStore {
  surreal: SurrealStore;
  /** As a restart of a server does; the embedded engine has no connection. */
  cut(): void;
  /** As a newer program leaves it; before it is opened. */
  markNewer(agent: string, version: number): Promise<void>;
}

export const openFake = async (): Promise<OpenedStore> => ({ store: fakeMemoryStore(), close: async () => {} });

const QUERY_SECONDS = 2;

interface Opened {
  surreal: SurrealStore;
  store: MemoryStore;
  markNewer(agent: string, version: number): Promise<void>;
}

function surrealAt(place: SurrealPlace): Opened {
  const newer = new Map<string, number>();
  const asNewer: Prepare = {
    own: prepare.own,
    async agent(opened) {
      const [name, version] = [`agent ${opened.agent}`, newer.get(opened.agent)];
      const mark = `UPSERT type::record('schema', $name) SET version = $version`;
      if (version !== undefined) await opened.versions.query(mark, { name, version });
      await prepare.agent(opened);
    },
  };
  const surreal = createSurrealStore({ place, querySeconds: QUERY_SECONDS, prepare: asNewer, clock: systemClock });
  const markNewer = async (agent: string, version: number) => void newer.set(agent, version);
  return { surreal, store: createSurrealMemory(surreal), markNewer };
}

export const REAL_PLACES: Readonly<Record<string, () => Promise<OpenedSurreal>>> = {
  'the embedded engine on disk': async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hairem-memory-'));
    const place = { kind: 'disk', folder, engines: embeddedEngines(QUERY_SECONDS) } as const;
    const opened = surrealAt(place);
    const close = async () => {
      await opened.surreal.close();
      await rm(folder, { recursive: true, force: true });
    };
    return { ...opened, cut: () => {}, close };
  },
  'a server behind a WebSocket': async () => {
    const { url, user, cut, stop } = await startSurrealServer(QUERY_SECONDS);
    const place = { kind: 'server', url, user, namespace: 'hairem' } as const;
    const opened = surrealAt(place);
    return { ...opened, cut, close: () => opened.surreal.close().then(stop) };
  },
};
