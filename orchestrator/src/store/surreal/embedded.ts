/**
 * The embedded engine, with what it may not do. Loaded by the store's children alone: the library is native code that a
 * query can crash.
 */
import { createNodeEngines } from '@surrealdb/node';
import type { Engines } from './connection.ts';

/** What queries may call; `surql/functions.ts` is the first wall, and names the same in more detail. */
const FUNCTIONS = [
  'array',
  'bytes',
  'count',
  'crypto',
  'duration',
  'encoding',
  'geo',
  'math',
  'meta',
  'not',
  'object',
  'parse',
  'rand',
  'record',
  'schema',
  'search',
  'sequence',
  'session',
  'set',
  'string',
  'time',
  'type',
  'value',
  'vector',
];
const NO_FUNCTIONS = ['http', 'file', 'api', 'sleep'];

/** @param querySeconds the longest that one query may take */
export function embeddedEngines(querySeconds: number): Engines {
  return createNodeEngines({
    query_timeout: querySeconds,
    transaction_timeout: querySeconds,
    capabilities: {
      scripting: false,
      guest_access: false,
      live_query_notifications: false,
      network_targets: false,
      functions: { allow: FUNCTIONS, deny: NO_FUNCTIONS },
      experimental: false,
    },
  });
}
