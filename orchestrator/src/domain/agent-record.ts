/** One agent as the registry shows it (ARCHITECTURE.md, Registry record). Keys are the wire's, snake_case. */
import type { AgentId, InstanceNumber } from './agent.ts';
import type { Behind } from './behind.ts';
import type { Problem } from './desired.ts';
import type { ErrorCode } from './errors/errors.ts';
import type { InstanceState, TaskReport } from './messages/control.ts';
import type { SecurityEntry } from './security.ts';
import type { Runtime } from './version.ts';

export const AGENT_STATUSES = [
  'invalid',
  'blocked',
  'building',
  'starting',
  'active',
  'backoff',
  'failed',
  'stopped',
  'disabled',
] as const;
export type AgentStatus = (typeof AGENT_STATUSES)[number];

export type Lane = 'live' | 'code' | 'deps' | 'restart' | 'start';

export interface AgentRecord {
  id: AgentId;
  name: string;
  status: AgentStatus;
  /** An instance answers now, whatever else goes on. */
  active: boolean;
  personified: boolean;
  description: string | null;
  capabilities: readonly string[];
  skills: readonly { name: string; description: string; active: boolean }[];
  commands: readonly string[];
  llm_model: string | null;
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  cost: number;
  location: string | null;
  preferred_location: string | null;
  type: string | null;
  role: string | null;
  version: string | null;
  runtime: Runtime | null;
  instance: InstanceNumber | null;
  instance_state: InstanceState | null;
  term: number;
  bundle: { running: string | null; desired: string | null; last_good: string | null };
  /** Why what runs is not what the folder asks for; null where it is, or is on its way. */
  behind: Behind | null;
  container: {
    id: string;
    name: string;
    image: string;
    started_at: string | null;
    memory_bytes: number | null;
    cpu_percent: number | null;
    restarts: number;
  } | null;
  /** What its own volume at /data holds; null before it was measured, and for an agent without one. */
  storage_bytes: number | null;
  /** What its database of memories holds on disk; null before it was used since the store started. */
  database_bytes: number | null;
  tasks: readonly TaskReport[];
  last_update: UpdateReport | null;
  /** Why the last restart that no user and no update asked for happened. */
  last_restart: { at: string; because: string } | null;
  problems: readonly Problem[];
  warnings: readonly string[];
  rating: { value: number; reasons: readonly string[] } | null;
  secrets: readonly { name: string; fingerprint: string }[];
  /** Messages known or supposed lost: since, until, and the count where it can be known. */
  gaps: readonly { since: string; until: string; lost: number | null }[];
  abandoned: number;
  /** What it tried that it may not, or took too much of: the newest twenty, oldest first. */
  security: readonly SecurityEntry[];
  stale: boolean;
  /** Failed tries of what the folder asks for, one after the other. */
  tries: number;
  /** RFC 3339; when the next try is due while in backoff. */
  retry_at: string | null;
  updated_at: string;
}

export interface UpdateReport {
  lane: Lane;
  /** `held`: it waits for a person's word, and what runs goes on. */
  result: 'running' | 'ok' | 'rejected' | 'reverted' | 'failed' | 'held';
  /** From the change being seen to ACTIVE, milliseconds. */
  ms: number | null;
  at: string;
  because: string;
  from: string | null;
  to: string;
  /** RFC 3339: since when the handler of the running version works, at least, that it waits for; null for none. */
  waits_since: string | null;
  /** From the cut being published to `active`; null where there was none. */
  cut_ms: number | null;
  revert_ms: number | null;
  error: { code: ErrorCode; message: string; log: readonly string[] } | null;
}
