/** One database of SurrealDB as its users have it: statements in, JSON out, transactions one after the other. */
import type { QueryResponse, SurrealSession, SurrealTransaction } from 'surrealdb';
import { DEEPEST_CARRIED, parseExactJson, rawJSON } from '../../domain/text/json-text.ts';
import { storeError } from './errors.ts';
import { oneByOne, untilNoConflict } from './retry.ts';

export type Variables = Readonly<Record<string, unknown>>;

/** Values come as JSON. Errors: unavailable, refused, timeout, conflict, bad_request. */
export interface Database {
  /** Whether vectors may have an index here. */
  readonly indexesVectors: boolean;
  /** @returns one result per statement */
  query(surql: string, vars?: Variables): Promise<unknown[]>;
  /** All or nothing; done again when it conflicts with another. What `work` throws undoes it. */
  transaction<T>(work: (query: Database['query']) => Promise<T>): Promise<T>;
}

export type InTime = <T>(work: () => Promise<T>) => Promise<T>;

interface On {
  /** Whether vectors may have an index here. */
  indexesVectors: boolean;
  inTime: InTime;
}

export function databaseOn(session: SurrealSession, { indexesVectors, inTime }: On): Database {
  const on =
    (queryable: SurrealSession | SurrealTransaction): Database['query'] =>
    async (surql, vars = {}) => {
      const responses = await inTime(() => queryable.query(surql, { ...vars }).responses());
      try {
        return responses.map((response) => resultOf(response, responses));
      } catch (thrown) {
        throw storeError(thrown, 'SurrealDB');
      }
    };
  const once = async <T>(work: (query: Database['query']) => Promise<T>): Promise<T> => {
    const transaction = await inTime(() => session.beginTransaction());
    try {
      const result = await work(on(transaction));
      await inTime(() => transaction.commit());
      return result;
    } catch (thrown) {
      await inTime(() => transaction.cancel()).catch(() => {}); // it has ended by itself
      throw storeError(thrown, 'SurrealDB');
    }
  };
  // Of transactions that meet, engine 3.0 loses the writes of one in some hundred, and says that it has them.
  const inTurn = oneByOne();
  return {
    indexesVectors,
    query: (surql, vars) => untilNoConflict(() => on(session)(surql, vars)),
    transaction: (work) => inTurn(() => untilNoConflict(() => once(work))),
  };
}

/** Of a failed transaction every statement has an error; one of them says why. */
function resultOf(response: QueryResponse, all: readonly QueryResponse[]): unknown {
  if (response.success) return plain(response.result);
  const errors = all.flatMap((one) => (one.success ? [] : [one.error]));
  throw errors.find((error) => !/failed transaction/.test(error.message)) ?? response.error;
}

/** JSON, as it goes over the bus: record ids, dates, decimals and what JSON has no number for (NaN, infinity) as text. */
function plain(value: unknown): unknown {
  const text = JSON.stringify(value, (_key, one: unknown) => {
    if (typeof one === 'number' && !Number.isFinite(one)) return String(one);
    return typeof one === 'bigint' ? rawJSON(String(one)) : one;
  });
  return text === undefined ? null : parseExactJson(text, DEEPEST_CARRIED);
}
