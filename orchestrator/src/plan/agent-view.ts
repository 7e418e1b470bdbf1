/** All that the planner knows of one agent at one moment: values only. */
import type { AgentId, InstanceNumber } from '../domain/agent.ts';
import type { DesiredAgent } from '../domain/desired.ts';
import type { ObservedContainer, ObservedImage, ObservedNetwork } from '../domain/observation.ts';
import type { SecretState } from '../domain/secrets.ts';
import type { StoredAgent } from '../domain/stored-agent.ts';
import type { Hold } from '../domain/trust.ts';

export interface AgentView {
  id: AgentId;
  desired: DesiredAgent | null;
  /** Monotonic milliseconds since when the folder has been gone; null while it is there. */
  goneSince: number | null;
  frozen: boolean;
  stored: StoredAgent;
  containers: readonly ObservedContainer[];
  /** Its own; two while it changes its reach. */
  networks: readonly ObservedNetwork[];
  /** Names of networks that Redis is on. */
  redisNetworks: readonly string[];
  images: readonly ObservedImage[];
  /** Tags of images that other agents or versions still need. */
  live: LiveAgent;
  /** Not before this monotonic time, after a failure; null when nothing failed. */
  notBefore: number | null;
  /** Of each version that may be the target, by its hash; a version that is not here has none. */
  secrets: ReadonlyMap<string, SecretState>;
  /** Why the version that the folder asks for may not run before a person has said the word; null when it may. */
  hold: Pick<Hold, 'version' | 'because'> | null;
  /** What failed last of what the folder asks for; null when nothing did. */
  failure: string | null;
  /** Monotonic milliseconds since when its files do not come to rest; null when they have. */
  settlingSince: number | null;
  /** A user's one-time wish that is not yet fulfilled. */
  request: 'reload' | 'restart' | null;
  /** Up to this number its instances have a credential that was changed since; 0 for none. */
  expired: InstanceNumber;
}

/** Who is alive, as heard on the bus. */
export interface LiveAgent {
  owner: LiveInstance | null;
  spare: InstanceNumber | null;
  /** Monotonic end of the monitor window; null when none is open. */
  windowEnds: number | null;
  /** Instance numbers that the hand-over knows: these containers are not leftovers. */
  known: ReadonlySet<InstanceNumber>;
}

export interface LiveInstance {
  inst: InstanceNumber;
  /** The version that it acknowledged last. */
  hash: string | null;
  imageHash: string;
  specHash: string;
  secretsHash: string;
  /** A live update to this hash was not acknowledged: the code lane is next. */
  refusedHash: string | null;
  /** Tasks that it cannot begin again after a revert. */
  hindered: readonly string[];
}
