/** Whose a variable or a secret file is, by its name alone: `ELECTRA_HA_TOKEN` is `HA_TOKEN` of `electra`. Pure. */
import type { AgentId } from '../domain/agent.ts';

/** `-` in an id is `_` here. */
export const prefixOf = (agent: AgentId) => `${agent.toUpperCase().replaceAll('-', '_')}_`;

/** Names of hAIrem's own settings belong to no agent, whatever agents are called. */
export const isHairems = (name: string) => name.startsWith('HAIREM_');

/** A name in the environment of a process: letters, digits and `_`. */
const NAME = /^[A-Za-z0-9_]{1,64}$/;

export interface Owned {
  agent: AgentId;
  /** What it is called inside the agent. */
  name: string;
}

/** The longest id that matches owns it: `ELECTRA_TWO_TOKEN` is of `electra-two`, where there is one. */
export function ownerOf(variable: string, ids: Iterable<AgentId>): Owned | null {
  if (isHairems(variable)) return null;
  let found: Owned | null = null;
  for (const agent of ids) {
    const prefix = prefixOf(agent);
    const name = variable.slice(prefix.length);
    if (!variable.startsWith(prefix) || !NAME.test(name)) continue;
    if (!found || agent.length > found.agent.length) found = { agent, name };
  }
  return found;
}
