/**
 * What the services keep, in our own nouns; adapters implement it over SurrealDB. Every method may throw `unavailable`
 * (the store is away) and `bad_config` (its state is newer than this program).
 */
import type { AgentId } from '../agent.ts';
import type { Usage } from '../llm/language-model.ts';

/** Results of operations that outlive the process, so that it does not pay for them twice (BUS.md, rule 14). */
export interface Journal {
  /** @returns the result that was kept under this key, or null */
  find(key: string): Promise<{ result: unknown } | null>;
  /** Written down when it resolves. */
  keep(key: string, result: unknown): Promise<void>;
}

export interface NewMemory {
  /** The id of the request: the same again is the same memory. */
  id: string;
  content: string;
  tags: readonly string[];
  embedding: readonly number[] | null;
}

/** As an agent gets it. */
export interface Memory {
  id: string;
  content: string;
  tags: readonly string[];
  /** RFC 3339. */
  created_at: string;
}

export interface Recall {
  /** Words to look for; null to look for the embedding alone. */
  text: string | null;
  embedding: readonly number[] | null;
  /** All of these. */
  tags: readonly string[];
  limit: number;
  /** The id of the request; asked again after it ended the store's process, it is answered with an error. */
  id?: string;
}

/** Each agent's own; no method reads or writes another's. */
export interface MemoryStore {
  /** The same id again changes nothing. @returns what is stored under the id */
  remember(agent: AgentId, memory: NewMemory): Promise<Memory>;
  /** The best first: what is near to the embedding, then what has the words. */
  recall(agent: AgentId, recall: Recall): Promise<(Memory & { score: number })[]>;
  /**
   * SurrealQL as the agent's own user, one transaction, once per id: the same id again has no effect and the same
   * result. Where it `grows` the database, its quota is looked at. @returns one result per statement, as JSON.
   * @throws bad_request, refused, timeout, too_large, conflict
   */
  query(
    agent: AgentId,
    query: { id: string; surql: string; vars: Readonly<Record<string, unknown>>; grows?: boolean },
  ): Promise<unknown[]>;
}

/** A narrative message of the crew, or a registry event. */
export interface HistoryEntry {
  /** Unique; the same again changes nothing. */
  id: string;
  /** RFC 3339. */
  at: string;
  kind: 'message' | 'event';
  /** Whose it is: the sender, or the agent that the event is about; `system` for the system's. */
  agent: string;
  /** To whom a message was sent. */
  target: string | null;
  /** The message or event whole: any JSON value. */
  body: unknown;
}

export interface HistoryQuery {
  kind: HistoryEntry['kind'];
  limit: number;
  /** RFC 3339: only what is older. */
  before: string | null;
  /** Only what this agent said or was told, or what is about it. */
  agent: AgentId | null;
}

export interface HistoryStore {
  add(entries: readonly HistoryEntry[]): Promise<void>;
  /** The newest of what fits, oldest first. */
  read(query: HistoryQuery): Promise<HistoryEntry[]>;
  /**
   * Removes what is older than `before` (RFC 3339), the oldest above `most`, and the oldest of what agents said to each
   * other above `mostAmongAgents`, so that they cannot displace what people said. @returns how many
   */
  forget(limits: { before: string; most: number; mostAmongAgents: number }): Promise<number>;
}

/** On one day, UTC: tokens of prompts and answers, US dollars. */
export interface DayUsage {
  tokens: number;
  cost: number;
}

/** What language models have used, agent by agent; each call counts once, whatever happens to the process. */
export interface Ledger {
  /** Before a call goes out. @returns true where it went out before and nobody knows how it ended */
  begin(agent: AgentId, id: string): Promise<boolean>;
  /** It was answered; the same id again changes nothing. @returns what the agent has used in all */
  settle(agent: AgentId, id: string, usage: Usage): Promise<Usage>;
  /** It failed, and was not paid for. */
  drop(agent: AgentId, id: string): Promise<void>;
  totals(): Promise<ReadonlyMap<AgentId, Usage>>;
  /** @param day `2026-11-26` */
  usedOn(agent: AgentId, day: string): Promise<DayUsage>;
  /** Adds to what the agent has used on that day. Sixty days are kept. */
  spend(agent: AgentId, day: string, used: DayUsage): Promise<void>;
}
