/** In a child of the store: which methods its one database has, over the adapters of SurrealDB. */
import { HairemError } from '../domain/errors/errors.ts';
import { LARGEST_FRAME_BYTES } from '../domain/messages/store-call.ts';
import type { HistoryStore, Journal, Ledger, MemoryStore } from '../domain/ports/stores.ts';
import { DEEPEST_CARRIED, parseExactJson, writeJson } from '../domain/text/json-text.ts';

interface Forgets {
  forgetOld(): Promise<void>;
}

export type Methods = Readonly<Record<string, (args: never) => Promise<unknown>>>;

/** @param agent whose database it is; no call names another */
export function agentMethods(agent: string, memory: MemoryStore) {
  return {
    'memory.remember': ([one]: [Parameters<MemoryStore['remember']>[1]]) => memory.remember(agent, one),
    'memory.recall': ([one]: [Parameters<MemoryStore['recall']>[1]]) => memory.recall(agent, one),
    'memory.query': ([one]: [Parameters<MemoryStore['query']>[1]]) => memory.query(agent, one),
  };
}

export interface OwnStores {
  history: HistoryStore;
  journal: Journal & Forgets;
  ledger: Ledger & Forgets;
}

export function ownMethods({ history, journal, ledger }: OwnStores) {
  return {
    'history.add': ([entries]: Parameters<HistoryStore['add']>) => history.add(entries),
    'history.read': ([query]: Parameters<HistoryStore['read']>) => history.read(query),
    'history.forget': ([limits]: Parameters<HistoryStore['forget']>) => history.forget(limits),
    'journal.find': ([key]: Parameters<Journal['find']>) => journal.find(key),
    'journal.keep': ([key, result]: Parameters<Journal['keep']>) => journal.keep(key, result),
    'journal.forgetOld': () => journal.forgetOld(),
    'ledger.begin': ([agent, id]: Parameters<Ledger['begin']>) => ledger.begin(agent, id),
    'ledger.settle': ([agent, id, usage]: Parameters<Ledger['settle']>) => ledger.settle(agent, id, usage),
    'ledger.drop': ([agent, id]: Parameters<Ledger['drop']>) => ledger.drop(agent, id),
    'ledger.usedOn': ([agent, day]: Parameters<Ledger['usedOn']>) => ledger.usedOn(agent, day),
    'ledger.spend': ([agent, day, used]: Parameters<Ledger['spend']>) => ledger.spend(agent, day, used),
    'ledger.totals': async () => [...(await ledger.totals())],
    'ledger.forgetOld': () => ledger.forgetOld(),
  };
}

/** @returns the result as JSON. @throws what the method throws, and bad_request, too_large */
export async function carryOut(methods: Methods, method: string, body: Buffer): Promise<Buffer> {
  const run = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (!run) throw new HairemError('bad_request', `this database has no method ${method}`);
  const result = Buffer.from(writeJson(await run(parseExactJson(body.toString('utf8'), DEEPEST_CARRIED) as never)));
  // Half of a frame: a head and what an answer may grow to on its way.
  if (result.length <= LARGEST_FRAME_BYTES / 2) return result;
  throw new HairemError('too_large', `the answer has ${result.length} bytes: ask for less`);
}
