/** What a person has accepted of each agent, and whose flat names of secrets are: kept on the data volume. */
import type { AgentId } from './agent.ts';
import type { SandboxSpec } from './version.ts';

/** What one version of a bundle may do and is given, as far as its bundle says so. Never a value of a secret. */
export interface Rights extends SandboxSpec {
  /** Peers that it may write to; null for all. */
  topics: readonly AgentId[] | null;
  /** Secrets that it names: `NAME`, `${VARIABLE}`, `{file: …}`. */
  secrets: readonly string[];
  /** Where its language model is, by address or provider; null for the system's. */
  model: string | null;
}

export interface Accepted {
  rights: Rights;
  /** Of the version that was accepted last. */
  hash: string;
  /** Its folder; null where an earlier release knew it. */
  folder: string | null;
  /** It was removed: its id is known, and what comes under it needs a word. */
  gone: boolean;
}

export interface TrustState {
  agents: Readonly<Record<AgentId, Accepted>>;
  /** Flat names of secrets, and the agent that each was given to when it was first seen. */
  names: Readonly<Record<string, AgentId>>;
}

/** Why a version waits for a word. */
export interface Hold {
  /** Of the version that waits. */
  version: string;
  because: string;
  /** What it asks for beyond what was accepted, and what it gives up: one line each, for people. */
  asks: readonly string[];
  givesUp: readonly string[];
}

/** What `allow` would accept, as it is shown. */
export interface Allowance {
  /** Of all that is shown: what was shown is what is accepted. Null when nothing waits. */
  hash: string | null;
  because: string | null;
  asks: readonly string[];
  gives_up: readonly string[];
}
