/** What every part of the hand-over is given: the ports, and how to report. */
import type { AgentId } from '../domain/agent.ts';
import type { AgentFact } from '../domain/event.ts';
import type { ControlMessage, InstanceState } from '../domain/messages/control.ts';
import type { Bus, Clock, ContainerHost } from '../domain/ports/ports.ts';
import type { GivenSecrets } from '../domain/secrets.ts';
import type { ReportSecurity } from '../domain/security.ts';
import type { Version } from '../domain/version.ts';
import type { StatusInbox } from './instances/status-inbox.ts';
import type { KillPoint } from './kill-points.ts';
import type { Member, Session } from './session.ts';

export interface RolloutDeps {
  host: ContainerHost;
  bus: Bus;
  statusInbox: StatusInbox;
  clock: Clock;
  installId: string;
  /** Where instances find Redis, on their own network. */
  redisPort: number;
  /** With what a new instance of this agent tells what we say from what others publish (BUS.md, Seal). */
  controlKeyFor(agent: AgentId): string;
  emit(agent: AgentId, fact: AgentFact): void;
  /** Tells of what an agent tried that it may not; shown in its record. */
  report: ReportSecurity;
  /** Keeps `session.stored` over a restart. */
  save(session: Session): Promise<void>;
  /** The names and values that this agent may see; no other's. */
  secretsOf(version: Version): GivenSecrets;
  /** Bounded starts: resolves with a release function when there is room. */
  slot(signal: AbortSignal): Promise<() => void>;
  reached(point: KillPoint): void;
  /** Asks the loop to look again. */
  wake(): void;
  /** For what has no caller to fail to: logged, never thrown. */
  onError(what: string, error: unknown): void;
}

export async function control(deps: RolloutDeps, agent: AgentId, message: ControlMessage): Promise<void> {
  await deps.bus.publish(`ctl:${agent}`, message);
}

/** The one place where a state of an instance is noted, so that each is a place to kill the orchestrator at. */
export function recordState(deps: RolloutDeps, member: Member, state: InstanceState): void {
  if (member.state === state) return;
  member.state = state;
  deps.emit(member.agent, { type: 'state', inst: member.inst, state });
  deps.reached(`state:${state}`);
}
