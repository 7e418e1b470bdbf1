/** Names of an agent and of one instance of it (BUS.md, Words). */

/** `^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$`, and none of the reserved names. */
export type AgentId = string;

/** Grows per agent, fixed for the life of a container. */
export type InstanceNumber = number;

const AGENT_ID = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
const RESERVED = new Set(['user', 'system', 'broadcast', 'orchestrator', 'default', 'ctl', 'all']);

export function isAgentId(text: string): boolean {
  return AGENT_ID.test(text) && !RESERVED.has(text);
}

/** A folder name or `id` as an agent id: lower case, `_` and space become `-`. Not yet checked. */
export function toAgentId(spelling: string): AgentId {
  return spelling.toLowerCase().replaceAll(/[_ ]/g, '-');
}

/** The ACL user of one instance, for example `electra.7`. */
export function userOf(agent: AgentId, inst: InstanceNumber): string {
  return `${agent}.${inst}`;
}
