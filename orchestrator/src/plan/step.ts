/** What the loop can do to one agent next. Each step carries its cause; the planner makes them, `rollout/` applies them. */
import type { AgentId } from '../domain/agent.ts';
import type { Lane } from '../domain/agent-record.ts';
import type { Snapshot } from '../domain/desired.ts';
import type { ObservedContainer } from '../domain/observation.ts';
import type { SandboxSpec, Version } from '../domain/version.ts';

export const STEP_KINDS = [
  'adopt',
  'build',
  'start',
  'swap',
  'replace',
  'configure',
  'retire',
  'stop',
  'remove',
  'attach',
  'forget',
  'prune',
] as const;
export type StepKind = (typeof STEP_KINDS)[number];

export type Step = { agent: AgentId; because: string } & (
  | { kind: 'adopt'; containers: readonly ObservedContainer[]; egress: SandboxSpec['egress'] }
  | { kind: 'build'; version: Version; snapshot: Snapshot }
  /** Nobody is alive: the first instance, or the next after a crash. */
  | { kind: 'start'; version: Version }
  /** Start-first: the hand-over of BUS.md. */
  | { kind: 'swap'; version: Version; lane: Lane }
  /** Stop-first: for an agent that owns an exclusive device. */
  | { kind: 'replace'; version: Version; lane: Lane }
  /** The live lane. */
  | { kind: 'configure'; version: Version }
  /** The monitor window is over: the spare goes. */
  | { kind: 'retire' }
  /** End the agent in order; `removed` says that its bundle is gone. */
  | { kind: 'stop'; status: 'stopped' | 'disabled' | 'removed' }
  /** Containers that nobody owns: a crashed swap's candidate, a dead instance. */
  | { kind: 'remove'; containers: readonly ObservedContainer[] }
  /** Redis is not on the agent's network, or the network is gone. */
  | { kind: 'attach'; version: Version }
  /** The bundle is gone and nothing runs: network, images and what is stored go too. */
  | { kind: 'forget'; images: readonly string[]; networks: readonly string[] }
  | { kind: 'prune'; images: readonly string[]; networks: readonly string[] }
);

/** Nobody is alive and nobody can be started: a secret or a person's word is missing. Said, not applied. */
export interface Blocked {
  kind: 'block';
  agent: AgentId;
  because: string;
  version: Version;
}

export type Planned = Step | Blocked;
