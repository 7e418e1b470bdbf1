/**
 * Keeps what an agent tried over a restart of the orchestrator: its security events go with its stored state, and into
 * its record again once that is opened. Else whoever makes the orchestrator start again would be a stranger to it.
 */
import type { AgentId } from '../../domain/agent.ts';
import type { AgentFact } from '../../domain/event.ts';
import { withSecurity } from '../../domain/security.ts';
import type { Session } from '../../rollout/session.ts';

interface Parts {
  sessionOf(agent: AgentId): Session | undefined;
  save(session: Session): Promise<void>;
}

export interface SecurityKeeper {
  /** Given each fact that was applied. @returns what is to be applied behind it */
  note(agent: AgentId, fact: AgentFact, at: string): AgentFact | null;
}

/** A record begins with one of these. */
const OPENING: ReadonlySet<AgentFact['type']> = new Set(['desired', 'invalid', 'active']);

export function createSecurityKeeper({ sessionOf, save }: Parts): SecurityKeeper {
  const told = new Set<AgentId>();
  return {
    note(agent, fact, at) {
      if (fact.type === 'removed') told.delete(agent);
      const session = sessionOf(agent);
      if (!session) return null;
      if (fact.type === 'security') {
        session.stored = { ...session.stored, security: withSecurity(session.stored.security, fact, at) };
        void save(session);
      }
      if (!OPENING.has(fact.type) || told.has(agent)) return null;
      told.add(agent);
      const { security: entries } = session.stored;
      return entries.length === 0 ? null : { type: 'past_security', entries };
    },
  };
}
