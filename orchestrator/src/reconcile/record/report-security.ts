/**
 * Security events on their way to the registry. What an agent tries a thousand times a second is one event in ten
 * seconds, with its count: the offender must not fill the ring of events and push out what others have to say.
 */
import type { AgentId } from '../../domain/agent.ts';
import type { AgentFact } from '../../domain/event.ts';
import type { Clock } from '../../domain/ports/ports.ts';
import { boundedMessage, type ReportSecurity, type SecurityKind } from '../../domain/security.ts';

export const QUIET_MS = 10_000;

interface Tools {
  clock: Pick<Clock, 'now' | 'sleep'>;
  emit(agent: AgentId, fact: AgentFact): void;
  signal: AbortSignal;
}

interface Waiting {
  agent: AgentId;
  kind: SecurityKind;
  message: string;
  count: number;
}

export function createSecurityReports({ clock, emit, signal }: Tools): ReportSecurity {
  const quiet = new Map<string, Waiting>();

  const say = ({ agent, kind, message, count }: Waiting) =>
    emit(agent, { type: 'security', kind, message: boundedMessage(message), count });
  /** The first is said at once; what comes while it is quiet is said together, and begins another quiet time. */
  const beQuiet = (key: string, agent: AgentId, kind: SecurityKind) => {
    const waiting = { agent, kind, message: '', count: 0 };
    quiet.set(key, waiting);
    clock.sleep(QUIET_MS, signal).then(
      () => {
        quiet.delete(key);
        if (waiting.count === 0) return;
        beQuiet(key, agent, kind);
        say(waiting);
      },
      () => {},
    );
  };
  return (agent, kind, message) => {
    const key = `${agent} ${kind}`;
    const waiting = quiet.get(key);
    if (waiting) {
      waiting.message = message;
      waiting.count += 1;
      return;
    }
    beQuiet(key, agent, kind);
    say({ agent, kind, message, count: 1 });
  };
}
