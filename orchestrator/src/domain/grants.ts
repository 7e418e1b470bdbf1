/**
 * What the owner of the installation lets an agent have beyond what every bundle may have (SECURITY.md, Grants). A
 * bundle asks in its manifest; only `deploy/grants.yaml`, which no bundle can write, gives.
 */
import type { AgentId } from './agent.ts';

const MIB = 1024 * 1024;

export interface Grant {
  /** Names of variables of the installation that `${NAME}` in a manifest may reach, besides the agent's own. */
  variables: readonly string[];
  /** Names of files in the folder of secrets that `{file: …}` may reach, besides the agent's own. */
  files: readonly string[];
  /** Base URLs of language models, by their start, that `llm_config.base_url` may name without egress. */
  modelAddresses: readonly string[];
  /** Names of models that the agent may ask for; null for any. */
  models: readonly string[] | null;
  /** Tokens, prompt and completion together, that it may use between two midnights UTC; null for no limit. */
  tokensPerDay: number | null;
  /** The same in US dollars. */
  costPerDay: number | null;
  /** The most that `resources` of its manifest may ask for. Bytes, cores, processes. */
  ceilings: { memory: number; cpus: number; pids: number };
  /** Bytes that its volume at /data may hold. */
  storageBytes: number;
  /** Bytes that its database of memories may hold. */
  databaseBytes: number;
  build: {
    /** Its dependencies may be built from source, in an image with git and compilers. */
    compilers: boolean;
    /** Package indexes, by URL, besides the public ones; also what a requirement by URL or VCS must begin with. */
    sources: readonly string[];
  };
}

/** What an agent has that the owner's list does not name. */
export const DEFAULT_GRANT: Grant = {
  variables: [],
  files: [],
  modelAddresses: [],
  models: null,
  tokensPerDay: null,
  costPerDay: null,
  ceilings: { memory: 2048 * MIB, cpus: 2, pids: 1024 },
  storageBytes: 1024 * MIB,
  databaseBytes: 512 * MIB,
  build: { compilers: false, sources: [] },
};

/** The owner's list as it stands now. */
export type Grants = (agent: AgentId) => Grant;

/** What to write into the owner's list to give one thing, as one line that can be copied. */
export function linesToGrant(agent: AgentId, key: string, value: string): string {
  return `add to deploy/grants.yaml, under "agents:":  ${agent}: {${key}: ${value}}`;
}
