/**
 * The ports: what the stages need from the outside, in our own nouns. `engine/`, `bus/` and other parts implement them,
 * and only composition roots import those. Every method may throw the HairemError codes that its comment names.
 */
import type { Readable } from 'node:stream';
import type { AgentId, InstanceNumber } from '../agent.ts';
import type { Proxies } from '../network/proxies.ts';
import type { Observation } from '../observation.ts';
import type { StoredAgent } from '../stored-agent.ts';
import type { TrustState } from '../trust.ts';
import type { SandboxSpec } from '../version.ts';
import type { BusConnection, BusCounts, BusRefusal } from './bus-state.ts';

/** The container engine. All methods: engine_unavailable, engine_refused; by id also not_found. */
export interface ContainerHost {
  /** Everything with our label, stopped containers included, and Redis; one consistent list each. */
  observe(): Promise<Observation>;
  /** Hints that something changed; ends when the stream breaks or the signal aborts. `die` names our container. */
  events(signal: AbortSignal): AsyncIterable<EngineEvent>;
  /** Classic build of a tar stream; build_failed with the last log lines. @returns the image id */
  buildImage(request: ImageBuild): Promise<string>;
  /** For one build; the caller closes it. */
  openIndexes(request: IndexesRequest): Promise<OpenIndexes>;
  /** Untagged images with this label: what a stage of a build leaves behind. */
  removeStages(build: string): Promise<void>;
  removeImage(tag: string): Promise<void>;
  /** @returns the container id; a name that is taken by a container of ours with the same labels is reused. */
  createContainer(request: ContainerRequest): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** The CPU limit alone, in billionths of a core. */
  limitCpu(id: string, nanoCpus: number): Promise<void>;
  /** SIGTERM, then SIGKILL after `seconds`; 0 kills at once. Resolves when it has ended; absent is fine. */
  stopContainer(id: string, seconds: number): Promise<void>;
  /** Removes it, running or not; absent is fine. */
  removeContainer(id: string): Promise<void>;
  /** Text lines of stdout and stderr in order, oldest first. */
  logs(
    id: string,
    options: { tail: number; follow: boolean; since?: number; signal?: AbortSignal },
  ): AsyncIterable<LogLine>;
  /** A network of one agent, with Redis attached under the alias `redis`; exists already: only what lacks is done. */
  ensureNetwork(request: NetworkRequest): Promise<void>;
  /** Detaches what is attached and removes it; absent is fine. */
  removeNetwork(name: string): Promise<void>;
  ensureVolume(agent: AgentId): Promise<string>;
}

export interface EngineEvent {
  /** `oom`: a process in the container was killed for want of memory, its only one or not. */
  kind: 'die' | 'oom' | 'other';
  container: string | null;
  agent: AgentId | null;
  inst: InstanceNumber | null;
  /** Of a `die`, where the engine says it. */
  exitCode: number | null;
}

export interface ImageBuild {
  tag: string;
  labels: Readonly<Record<string, string>>;
  /**
   * `context`: the Dockerfile sets these labels itself, before the step that changes, where they are cached;
   * otherwise the engine adds them as a last step, which costs it 50 ms a build.
   */
  labelsIn?: 'context';
  /** An uncompressed tar with a `Dockerfile` at its root. */
  context: Readable;
  /** Build stage of the Dockerfile; the last one by default. */
  target?: string;
  /** Of the Dockerfile; those of proxies are known to every engine, and leave no trace. */
  args?: Readonly<Record<string, string>>;
  /** What each step may use; none where the steps are ours alone. */
  limits?: BuildLimits;
  /** Its label `io.hairem.build`, by which what its steps have written is measured. */
  run?: string;
  /** The network of each step (`openIndexes`); the engine's default one where it is not given. */
  network?: string;
  /** After these the build is ended, build_failed; 20 minutes by default. */
  seconds?: number;
  onLine?: (line: string) => void;
  signal?: AbortSignal;
}

/** Bytes, cores and counts. */
export interface BuildLimits {
  memory: number;
  cpus: number;
  processes: number;
  openFiles: number;
  /** The largest file that may be written. */
  fileBytes: number;
  /** All that a step may have written. No engine limits it: it is looked at, and the build is ended. */
  writtenBytes: number;
}

/** A network with nothing on it but a proxy to these package indexes, under the name `indexes`, port 3128. */
export interface IndexesRequest {
  /** Names it: two of one slot are never open at once, and one that was left over is replaced. */
  slot: string;
  /** Tag of the proxy's image. */
  image: string;
  indexes: readonly PackageIndex[];
  /** Of the home. */
  proxies: Proxies;
  /** Of the proxy's own container. */
  variables: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

export interface PackageIndex {
  host: string;
  port: number;
  /** The owner named it, so it may be in the home's own network. */
  isOwners: boolean;
  /** It is reached through the proxy of the home. */
  isProxied: boolean;
}

export interface OpenIndexes {
  /** Name of the network. */
  network: string;
  /** Removes network and proxy. Never rejects: what stays is replaced when the slot is opened again. */
  close(): Promise<void>;
}

export interface ContainerRequest {
  agent: AgentId;
  inst: InstanceNumber;
  image: string;
  labels: Readonly<Record<string, string>>;
  /** Environment of the container: the instance's own Redis credential and no other secret. */
  env: Readonly<Record<string, string>>;
  spec: SandboxSpec;
  network: string;
  /** Name of the agent's own volume, mounted at /data. */
  volume: string | null;
}

export interface NetworkRequest {
  agent: AgentId;
  egress: SandboxSpec['egress'];
}

export interface LogLine {
  at: string | null;
  stream: 'stdout' | 'stderr' | 'build';
  text: string;
}

/** Redis: the bus and its users. All methods: bus_unavailable; those that publish: too_large, above 1 MiB. */
export interface Bus {
  /** @returns how many heard it. None is certain; a count may have connections in it that are dead (rule 6). */
  publish(channel: string, message: unknown): Promise<number>;
  /** Rule 8: removes the user and publishes, as one transaction. */
  fenceAndPublish(user: string, channel: string, message: unknown): Promise<void>;
  /** Makes the user of one instance, exactly as BUS.md; the same again is fine. */
  setUser(user: InstanceUser): Promise<void>;
  deleteUser(user: string): Promise<void>;
  /** Hex SHA-256 of the passwords that a user has; none for one that there is not. */
  passwordsOf(user: string): Promise<readonly string[]>;
  /** One of our own users: these passwords alone from now on, and its own rights. Who came in with another stays. */
  setPasswords(user: string, sha256: readonly string[]): Promise<void>;
  /** Names of users that are neither ours nor an instance's, and `default` where it lets anybody in. */
  strangers(): Promise<string[]>;
  /** Names of the users of instances (`<agent>.<inst>`). */
  listUsers(): Promise<string[]>;
  /** The connections of one user, with their subscription counts. */
  connectionsOf(user: string): Promise<{ sub: number; psub: number }[]>;
  /** All connections to Redis, whoever's they are. */
  connections(): Promise<BusConnection[]>;
  /** What Redis counts: costs it next to nothing, so it may be asked often. */
  counts(): Promise<BusCounts>;
  /** Ends these connections; one that is gone is fine. */
  endConnections(ids: readonly string[]): Promise<void>;
  /** What Redis refused since this was called last; each is told once. */
  refusals(): Promise<BusRefusal[]>;
  /** Resolves when everything was heard that Redis had for us when this was called. */
  caughtUp(): Promise<void>;
  /** Everything that the bus was told to hear, in order. */
  onMessage(listener: (channel: string, text: string) => void): void;
  /** `up` is said after subscriptions stand again and before any instance is let in. */
  onState(listener: (state: 'up' | 'down') => void): void;
}

export interface InstanceUser {
  agent: AgentId;
  inst: InstanceNumber;
  /** Hex SHA-256 of its password. */
  passwordSha256: string;
  topics: readonly AgentId[] | null;
}

/** What must outlive the orchestrator's process and is not in labels: small, written atomically. */
export interface StateStore {
  load(): Promise<StoredState>;
  save(agent: AgentId, state: StoredAgent | null): Promise<void>;
}

/** What a person has accepted of agents; small, written atomically. */
export interface TrustStore {
  /** @returns null where nothing was kept yet */
  load(): Promise<TrustState | null>;
  save(state: TrustState): Promise<void>;
}

/** Times that windows and deadlines run on: monotonic milliseconds (BUS.md, rule 15). */
export interface Clock {
  now(): number;
  /** Wall clock for people, RFC 3339. */
  timestamp(): string;
  /** Rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** For deadlines, of which most are called off: a `sleep` that is aborted makes two errors with their stacks. */
export interface Timers {
  /** Calls once after so many milliseconds. @returns what calls it off */
  after(ms: number, call: () => void): () => void;
}

export type StoredState = Readonly<Record<AgentId, StoredAgent>>;
