/** Facts about agents, in the order they happened: the registry folds them into records and the API streams them. */
import type { AgentId, InstanceNumber } from './agent.ts';
import type { AgentRecord, UpdateReport } from './agent-record.ts';
import type { BehindKind } from './behind.ts';
import type { Problem } from './desired.ts';
import type { ErrorCode } from './errors/errors.ts';
import type { Usage } from './llm/language-model.ts';
import type { InstanceState, StatusMessage } from './messages/control.ts';
import type { SecurityEntry, SecurityKind } from './security.ts';
import type { Version } from './version.ts';

/** Wall-clock `at` is RFC 3339 and for people; `agent` names whose record it changes. */
export type AgentEvent = { agent: AgentId; at: string } & AgentFact;

type Heartbeat = Extract<StatusMessage, { type: 'heartbeat' }>;

export type AgentFact =
  /** The folder asks for this version; said when it differs from what was said before. */
  | { type: 'desired'; version: Version; enabled: boolean; warnings: readonly Problem[]; rating: AgentRecord['rating'] }
  | { type: 'invalid'; problems: readonly Problem[] }
  /** What runs is not what the folder asks for; `kind` is null once it is, or is on its way. */
  | { type: 'behind'; kind: BehindKind | null; because: string }
  /** The folder is gone and the hold is over, or nothing of the agent is left. */
  | { type: 'removed' }
  /** What secrets it would be given now, and what is to be said of them; when either changes. */
  | { type: 'secrets'; secrets: AgentRecord['secrets']; warnings: readonly string[] }
  /** Nothing can be started: a secret or a person's word is missing. */
  | { type: 'blocked'; because: string }
  | { type: 'building'; hash: string; because: string }
  | { type: 'starting'; hash: string; because: string }
  /** An instance acts: after a start, a cut, a revert or an adoption. */
  | {
      type: 'active';
      version: Version;
      inst: InstanceNumber;
      term: number;
      container: { id: string; name: string; image: string; started_at: string | null };
    }
  | { type: 'state'; inst: InstanceNumber; state: InstanceState }
  | { type: 'heartbeat'; heartbeat: Heartbeat }
  | { type: 'stale' }
  /** Something went wrong with no update under way; the agent is down until the next start. */
  | { type: 'crashed'; inst: InstanceNumber; because: string; log: readonly string[]; lost: number | null }
  | { type: 'update'; update: UpdateReport }
  | { type: 'last_good'; hash: string }
  | { type: 'backoff'; because: string; code: ErrorCode; tries: number; retry_at: string }
  | { type: 'failed'; because: string; code: ErrorCode; log: readonly string[] }
  | { type: 'stopped'; because: string }
  | { type: 'disabled'; because: string }
  | { type: 'gap'; since: string; until: string; lost: number | null }
  | { type: 'abandoned'; ids: readonly string[] }
  /** Which language model its calls go to now, its own or the system's; when that changes. */
  | { type: 'model'; model: string | null }
  /** What its language model has used in all. */
  | { type: 'usage'; usage: Usage }
  /** It tried what it may not, or took too much; `count` times since the event of this kind before. */
  | { type: 'security'; kind: SecurityKind; message: string; count: number }
  /** What it did of that before this process began; once. */
  | { type: 'past_security'; entries: readonly SecurityEntry[] }
  /** What its own volume holds, when that changes. */
  | { type: 'storage'; bytes: number }
  /** What its database of memories holds, when that changes by 1 MiB. */
  | { type: 'database'; bytes: number }
  | { type: 'warning'; key: string; message: string | null };

/** System events share the stream: bus up or down, freeze, engine lost, services away. */
export type SystemEvent = {
  at: string;
  type: 'system';
  key: 'bus' | 'ca' | 'disk' | 'engine' | 'folder' | 'grants' | 'loop' | 'services' | 'store';
  ok: boolean;
  because: string;
};

export type RegistryEvent = AgentEvent | SystemEvent;
