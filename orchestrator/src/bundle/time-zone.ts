/**
 * The time zone of the home as part of every sandbox: it reaches an agent with its environment, so another zone is
 * another container. Pure. The version itself stays the same: what was accepted, or rolled back from, is known by its hash.
 */
import type { DesiredAgent } from '../domain/desired.ts';
import { hashJson } from './content-hash.ts';

/** What an engine's container has where nobody says anything. */
const DEFAULT = 'UTC';

export function inTimeZone(agent: DesiredAgent, timezone: string): DesiredAgent {
  if (agent.kind !== 'valid' || timezone === DEFAULT) return agent;
  const { spec, specHash } = agent.version;
  const version = { ...agent.version, spec: { ...spec, timezone }, specHash: hashJson({ specHash, timezone }) };
  return { ...agent, version };
}
