/** What is kept of one agent on the data volume: what labels and folder cannot tell. */
import type { SecurityEntry } from './security.ts';
import type { Version } from './version.ts';

export interface StoredAgent {
  /** The highest term that was ever granted. */
  term: number;
  /** The highest instance number that was ever used. */
  lastInst: number;
  /** The version that runs, and the one before it that was good; needed when the folder holds another. */
  running: Version | null;
  lastGood: Version | null;
  /** A version that was rejected or reverted: not tried again until the bundle changes or a user says so. */
  condemned: Condemned | null;
  intent: StoredIntent;
  /** What it tried that it may not, the newest. */
  security: readonly SecurityEntry[];
}

/** `secrets` and `scope` are absent in what an earlier release stored. */
export interface Condemned {
  hash: string;
  /** Hash of the secrets that it had: with others it is tried again. */
  secrets?: string;
  /** `secrets`: the version is good, it fails with these secrets alone. */
  scope?: 'version' | 'secrets';
  because: string;
}

/** A user's standing wish. `rollback` to a version holds until the bundle changes from `from`. */
export type StoredIntent =
  | { kind: 'run' }
  /** `because` is there when no user said so. */
  | { kind: 'stopped'; because?: string }
  | { kind: 'disabled'; manifestHash: string | null }
  | { kind: 'rollback'; from: string; to: Version };

export const NEW_STORED_AGENT: StoredAgent = {
  term: 0,
  lastInst: 0,
  running: null,
  lastGood: null,
  condemned: null,
  intent: { kind: 'run' },
  security: [],
};
