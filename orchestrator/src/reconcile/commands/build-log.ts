/** What the last build of each agent printed, until one succeeds: a container's own log cannot tell why there is none. */
import type { AgentId } from '../../domain/agent.ts';
import type { LogLine } from '../../domain/ports/ports.ts';

const LINES_KEPT = 500;

export interface BuildLog {
  begin(agent: AgentId): void;
  add(agent: AgentId, line: string): void;
  succeed(agent: AgentId): void;
  linesOf(agent: AgentId): readonly LogLine[];
}

/** @param timestamp wall clock, RFC 3339 */
export function createBuildLog(timestamp: () => string): BuildLog {
  const logs = new Map<AgentId, LogLine[]>();
  return {
    begin: (agent) => void logs.set(agent, []),
    add(agent, text) {
      const lines = logs.get(agent) ?? [];
      lines.push({ at: timestamp(), stream: 'build', text });
      if (lines.length > LINES_KEPT) lines.shift();
      logs.set(agent, lines);
    },
    succeed: (agent) => void logs.delete(agent),
    linesOf: (agent) => [...(logs.get(agent) ?? [])],
  };
}
