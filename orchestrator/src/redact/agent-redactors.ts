/**
 * What an agent hears back is redacted with the secrets of the agent that said it, and with no other's: else one could
 * say guesses and see which of them is blanked out (SECURITY.md, Who may know what is a secret).
 */
import type { AgentId } from '../domain/agent.ts';
import { createRedactor, type Redactor } from './redactor.ts';

export interface OwnRedactors {
  /** From now on these are blanked out where this agent's words are told to agents. */
  hide(agent: AgentId, values: Iterable<string>): void;
  of(agent: AgentId): Pick<Redactor, 'text'>;
}

const NOTHING: Pick<Redactor, 'text'> = { text: (text) => text };

export function createOwnRedactors(): OwnRedactors {
  const redactors = new Map<AgentId, Redactor>();
  return {
    hide(agent, values) {
      const own = redactors.get(agent) ?? createRedactor();
      redactors.set(agent, own);
      own.hide(values);
    },
    of: (agent) => redactors.get(agent) ?? NOTHING,
  };
}
