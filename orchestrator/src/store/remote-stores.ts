/** The ports of `stores.ts` over the store's socket, for `services`: each method is one call. */
import { randomUUID } from 'node:crypto';
import type { AgentId } from '../domain/agent.ts';
import type { Usage } from '../domain/llm/language-model.ts';
import { databaseOf } from '../domain/messages/store-call.ts';
import type {
  DayUsage,
  HistoryEntry,
  HistoryStore,
  Journal,
  Ledger,
  Memory,
  MemoryStore,
} from '../domain/ports/stores.ts';
import type { StoreClient } from './client.ts';

type Calls = Pick<StoreClient, 'call'>;

interface Forgets {
  /** Called by a timer; asks nothing of a store in which nothing was written. */
  forgetOld(): Promise<void>;
}

/** How long a database goes without a call before its process ends is ten times that: old answers can wait. */
const FORGET_EVERY_MS = 10 * 60_000;

/** @param quotaOf bytes that the agent's database may have */
export function createStoredMemory(store: Calls, quotaOf: (agent: AgentId) => Promise<number>): MemoryStore {
  return {
    async remember(agent, memory) {
      const call = { database: databaseOf(agent), method: 'memory.remember', args: [memory], request: memory.id };
      return (await store.call({ ...call, quota: await quotaOf(agent) })) as Memory;
    },
    async recall(agent, recall) {
      const call = { database: databaseOf(agent), method: 'memory.recall', args: [recall] };
      return (await store.call({ ...call, request: recall.id ?? randomUUID() })) as (Memory & { score: number })[];
    },
    async query(agent, query) {
      const call = { database: databaseOf(agent), method: 'memory.query', args: [query], request: query.id };
      return (await store.call(query.grows ? { ...call, quota: await quotaOf(agent) } : call)) as unknown[];
    },
  };
}

export function createStoredHistory(store: Calls): HistoryStore {
  const call = ownCalls(store, 'history');
  return {
    async add(entries) {
      await call('add', [entries]);
    },
    read: async (query) => (await call('read', [query])) as HistoryEntry[],
    forget: async (limits) => (await call('forget', [limits])) as number,
  };
}

export function createStoredJournal(store: Calls): Journal & Forgets {
  const call = ownCalls(store, 'journal');
  const forgetting = forgetSometimes(() => call('forgetOld', []));
  return {
    find: async (key) => (await call('find', [key])) as { result: unknown } | null,
    async keep(key, result) {
      forgetting.written();
      await call('keep', [key, result]);
    },
    forgetOld: forgetting.forgetOld,
  };
}

export function createStoredLedger(store: Calls): Ledger & Forgets {
  const call = ownCalls(store, 'ledger');
  const forgetting = forgetSometimes(() => call('forgetOld', []));
  /** Only what this process settles changes them, so they are read once. */
  let totals: Map<AgentId, Usage> | null = null;
  return {
    async begin(agent, id) {
      forgetting.written();
      return (await call('begin', [agent, id])) as boolean;
    },
    async settle(agent, id, usage) {
      const total = (await call('settle', [agent, id, usage])) as Usage;
      totals?.set(agent, total);
      return total;
    },
    async drop(agent, id) {
      await call('drop', [agent, id]);
    },
    async totals() {
      totals ??= new Map((await call('totals', [])) as [AgentId, Usage][]);
      return new Map(totals);
    },
    usedOn: async (agent, day) => (await call('usedOn', [agent, day])) as DayUsage,
    /** Sent again where the store died in the middle, it may count twice: a budget ends too early rather than too late. */
    async spend(agent, day, used) {
      await call('spend', [agent, day, used]);
    },
    forgetOld: forgetting.forgetOld,
  };
}

const ownCalls = (store: Calls, port: string) => (method: string, args: readonly unknown[]) =>
  store.call({ database: 'own', method: `${port}.${method}`, args, request: randomUUID() });

/** So that a crew that is idle leaves the store's process idle, too. */
function forgetSometimes(forget: () => Promise<unknown>) {
  let isWritten = true;
  let due = 0;
  return {
    written() {
      isWritten = true;
    },
    async forgetOld() {
      if (!isWritten || performance.now() < due) return;
      due = performance.now() + FORGET_EVERY_MS;
      isWritten = false;
      await forget();
    },
  };
}
