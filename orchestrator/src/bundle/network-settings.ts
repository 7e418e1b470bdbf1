/**
 * What an agent that reaches the network must know of it (certificates of one's own works, proxies) as part of its sandbox:
 * it comes with its environment, so another one is another container. Pure.
 */
import type { DesiredAgent } from '../domain/desired.ts';
import { hashJson } from './content-hash.ts';

export function onNetwork(agent: DesiredAgent, variables: Readonly<Record<string, string>>): DesiredAgent {
  if (agent.kind !== 'valid' || Object.keys(variables).length === 0) return agent;
  const { spec, specHash } = agent.version;
  if (spec.egress !== 'internet') return agent;
  const version = { ...agent.version, spec: { ...spec, variables }, specHash: hashJson({ specHash, variables }) };
  return { ...agent, version };
}
