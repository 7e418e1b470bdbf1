/** A heartbeat refreshes what only the instance itself knows; it never changes whose turn it is. */
import type { AgentRecord } from '../domain/agent-record.ts';
import type { AgentFact } from '../domain/event.ts';

type Heartbeat = Extract<AgentFact, { type: 'heartbeat' }>['heartbeat'];

interface FoldedBeat {
  heartbeat: Heartbeat;
  cpuPercent: number | null;
  described: AgentRecord['skills'];
}

/** CPU time of one instance at one moment; two of them make a percentage. */
export interface CpuSample {
  inst: number;
  at: string;
  cpuMs: number;
}

/** @param described the skills that the version tells of; those of the heartbeat before are replaced */
export function foldHeartbeat(record: AgentRecord, { heartbeat, cpuPercent, described }: FoldedBeat): AgentRecord {
  const { container } = record;
  return {
    ...record,
    stale: false,
    instance_state: heartbeat.state,
    tasks: heartbeat.tasks,
    commands: heartbeat.commands,
    skills: withLive(described, heartbeat.skills),
    container: container && { ...container, memory_bytes: heartbeat.memory_bytes, cpu_percent: cpuPercent },
  };
}

/** Percent of one core since the sample before; null where the two cannot be compared (first one, clock set back). */
export function cpuPercent(before: CpuSample | null, now: CpuSample): number | null {
  if (before === null || before.inst !== now.inst) return null;
  const elapsed = Date.parse(now.at) - Date.parse(before.at);
  const used = now.cpuMs - before.cpuMs;
  if (!(elapsed > 0) || used < 0) return null;
  return Math.round((used / elapsed) * 1000) / 10;
}

/** Skills of manifest and persona stay listed, with what the instance says of them; its own come after, as it says now. */
function withLive(described: AgentRecord['skills'], live: Heartbeat['skills']): AgentRecord['skills'] {
  const byName = new Map(described.map((skill) => [skill.name, skill]));
  for (const skill of live) byName.set(skill.name, { active: true, ...byName.get(skill.name), ...skill });
  return [...byName.values()];
}
