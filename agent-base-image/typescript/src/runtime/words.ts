/** What an instance is asked and told beside what its state machine hears; wire.ts reads it. */
import type { HistoryEntry, Profile } from '../agent-host.ts';

/** What only the runtime answers; the state machine does not see it. */
export type Question =
  | { type: 'config_update'; inst: number; hash: string; soft: Profile }
  | { type: 'give_up'; inst: number; seconds: number }
  | { type: 'whois'; nonce: string }
  | { type: 'ping'; inst: number; nonce: string };

export interface Welcome {
  type: 'welcome';
  id: string;
  inst: number;
  hash: string;
  soft: Profile;
  secrets: Readonly<Record<string, string>>;
  drain_seconds: number;
}

/** What an instance says of its agent's context (context-exchange.ts). */
export interface ContextWord {
  readonly type: 'context';
  readonly inst: number;
  /** Counts the words of one instance. */
  readonly n: number;
  /** Everything, not only what has changed. */
  readonly whole: boolean;
  /** The cut that made it say this: it is the rest of what was there before. */
  readonly cut: string | null;
  readonly set: readonly (readonly [string, unknown])[];
  readonly gone: readonly string[];
  readonly history: readonly HistoryEntry[];
  readonly user: string | null;
}
