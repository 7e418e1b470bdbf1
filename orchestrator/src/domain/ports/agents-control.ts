/** What the API may ask of the rest: records to read, intents to record, messages to send. Never the engine. */
import type { AgentId } from '../agent.ts';
import type { AgentRecord, UpdateReport } from '../agent-record.ts';
import type { HairemError } from '../errors/errors.ts';
import type { AgentEvent, RegistryEvent } from '../event.ts';
import type { Allowance } from '../trust.ts';
import type { LogLine } from './ports.ts';
import type { HistoryEntry, HistoryQuery } from './stores.ts';

export type Intent = 'reload' | 'restart' | 'stop' | 'start' | 'rollback';

export interface Registry {
  list(): readonly AgentRecord[];
  get(id: AgentId): AgentRecord | null;
  /** Newest first, at most 50 kept. */
  updates(id: AgentId): readonly UpdateReport[];
  /** Counts every change of any record; the list's ETag. */
  revision(): number;
  /** Events after `lastId` (ids are strictly growing integers), null where they are no longer kept. */
  since(lastId: number): readonly { id: number; event: RegistryEvent }[] | null;
  /** @param without for one to whom heartbeats may come late, or, of several of one agent, not at all */
  subscribe(listener: (id: number, event: RegistryEvent) => void, without?: 'heartbeats'): () => void;
  system(): { status: 'ok' | 'degraded'; reasons: readonly string[] };
  apply(event: RegistryEvent): void;
}

/** Errors: not_found for an unknown agent, conflict where the intent makes no sense now. */
export interface CrewControl {
  /** `because`, of a stop that no user asked for. */
  intend(id: AgentId, intent: Intent, because?: string): Promise<void>;
  setActive(id: AgentId, active: boolean): Promise<void>;
  /** What of it waits for a person's word. */
  allowance(id: AgentId): Promise<Allowance>;
  /** Says the word for what was shown under this hash; conflict where something else waits by now, or nothing. */
  allow(id: AgentId, hash: string): Promise<void>;
  /** What the loop would do now, as text. */
  plan(id: AgentId): Promise<string>;
  logs(
    id: AgentId,
    options: { tail: number; follow: boolean; since?: number; signal: AbortSignal },
  ): AsyncIterable<LogLine>;
  /** Publishes as `user`; with `waitMs` resolves to the first reply that correlates, else timeout. */
  send(
    id: AgentId,
    message: { type: string; payload: Record<string, unknown> },
    waitMs: number | null,
  ): Promise<{ id: string; reply: unknown }>;
  /** Why nobody will answer what an agent was told before this happened to it; null where somebody may. */
  whyLost(event: AgentEvent): HairemError | null;
  /** What is said to `user` and broadcast. */
  onUserMessage(listener: (message: unknown) => void): () => void;
  /** Stops the loop and removes every container, network and user of this installation; resolves when none is left. */
  removeAll(): Promise<void>;
}

/** What was said and what happened, kept by the services. */
export interface History {
  /** Oldest first. @throws unavailable when they do not answer */
  read(query: HistoryQuery): Promise<readonly HistoryEntry[]>;
}
