/** The secrets of one version of a bundle, as they are resolved at one moment. */
import type { AgentId } from './agent.ts';

export interface SecretState {
  /** Keyed hash of all values, empty for none: another one means another instance. Safe to show and to store. */
  hash: string;
  secrets: readonly { name: string; fingerprint: string }[];
  /** One line for each that could not be had: which, and where it was looked for. Not empty: nothing is started. */
  missing: readonly string[];
  /** What a user may want to know besides. */
  notes: readonly string[];
}

/** What one instance is given, and the hash of it. */
export interface GivenSecrets {
  values: Readonly<Record<string, string>>;
  hash: string;
  missing: readonly string[];
}

/** Who is there, and what its manifest writes out: known once its bundle could be read, else as it was. */
export interface KnownAgent {
  id: AgentId;
  literals?: Readonly<Record<string, string>>;
}
