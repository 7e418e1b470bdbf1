/** What the engine has of ours at one moment. Labels are the truth after a restart (ARCHITECTURE.md, The loop). */
import type { AgentId, InstanceNumber } from './agent.ts';

export interface Observation {
  containers: readonly ObservedContainer[];
  images: readonly ObservedImage[];
  networks: readonly ObservedNetwork[];
  volumes: readonly { name: string; agent: AgentId }[];
  /** The Redis container of our compose project; null when there is none. */
  redis: { id: string; networks: readonly string[] } | null;
}

export interface ObservedContainer {
  id: string;
  name: string;
  image: string;
  imageId: string;
  agent: AgentId;
  inst: InstanceNumber;
  status: 'created' | 'running' | 'exited';
  exitCode: number | null;
  oomKilled: boolean;
  startedAt: string | null;
  bundleHash: string;
  imageHash: string;
  depsHash: string;
  specHash: string;
  /** Of the secrets that it was started with; empty for none. */
  secretsHash: string;
  /** Hex SHA-256 of the password of its Redis user. */
  credSha256: string;
}

export interface ObservedImage {
  id: string;
  tag: string;
  kind: 'base' | 'deps' | 'bundle';
  agent: AgentId | null;
  imageHash: string | null;
  depsHash: string | null;
  /** This installation made it: no other one loses what it made by a removal. */
  isOurs: boolean;
  bytes: number;
}

export interface ObservedNetwork {
  id: string;
  name: string;
  agent: AgentId;
  egress: 'none' | 'internet';
  /** IPv4 ranges of it, as `10.201.0.8/29`. */
  subnets: readonly string[];
}
