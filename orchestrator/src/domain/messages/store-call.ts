/**
 * What `services` ask of the `store` process: one call of one port of `stores.ts`, in one database. The supervisor of the
 * store reads the head alone; the body (arguments, result) is JSON between the ports' two ends.
 */
import type { ErrorCode } from '../errors/errors.ts';

/** Our own database, or the one of an agent: `own`, `agent:<id>`. */
export type DatabaseName = 'own' | `agent:${string}`;

export const databaseOf = (agent: string): DatabaseName => `agent:${agent}`;
/** Null for our own. */
export const ownerOf = (database: DatabaseName): string | null =>
  database === 'own' ? null : database.slice('agent:'.length);

export interface CallHead {
  type: 'call';
  id: number;
  database: DatabaseName;
  /** `<port>.<method>`. */
  method: string;
  /** What is asked for, the same when it is asked again: so that a crash is known again. */
  request: string;
  /** The bytes that the database may have when this writes to it; null for what does not write, or has no limit. */
  quota: number | null;
}

export type ReplyHead =
  | { type: 'reply'; id: number; ok: true }
  | { type: 'reply'; id: number; ok: false; error: { code: ErrorCode; message: string } };

/** A database whose process ends again and again. */
export interface StoreTrouble {
  database: DatabaseName;
  message: string;
}

/** A process of a database that ended in the middle of its work. */
export interface StoreDeath {
  /** No two have the same. */
  id: string;
  database: DatabaseName;
  /** Of what it ended, and what it was running. */
  message: string;
}

/** Sent to each who connects, and when it changes. */
export interface StoreStatus {
  type: 'status';
  troubles: readonly StoreTrouble[];
  /** Of the last minute. */
  deaths: readonly StoreDeath[];
  /** Bytes on disk of the databases that were in use since the store started. */
  sizes: Readonly<Record<string, number>>;
}

/** What the services tell the orchestrator of their store and of themselves; `system` is nobody's in particular. */
export interface StoreWords {
  /** Bytes on disk by agent. */
  sizes: Readonly<Record<string, number>>;
  /** What of an agent ended a process; the same `id` may be told again. */
  deaths: readonly { id: string; agent: string; message: string }[];
  /** What does not work now, with whose it is in the message. */
  troubles: readonly string[];
  /** Why the services were started again and again within the last minute; null where they were not. */
  restarts: string | null;
}

/** From the child, once its database is open. */
export interface OpenedHead {
  type: 'opened';
}

export type StoreHead = CallHead | ReplyHead | StoreStatus | OpenedHead;

/** A call or an answer with its head; above any message of the bus. */
export const LARGEST_FRAME_BYTES = 8 * 1024 * 1024;
/** How long the engine lets one query run. */
export const QUERY_SECONDS = 30;
