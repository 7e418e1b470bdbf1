/**
 * Whose a flat name is, of a variable or of a file right in the folder of secrets: `ELECTRA_HA_TOKEN` is `HA_TOKEN` of
 * `electra`. Once it was given to an agent it stays that one's, whoever comes later; where several could have it and
 * none had it before, nobody has it until a person says whose it is. Pure.
 */
import type { AgentId } from '../domain/agent.ts';
import type { IsReserved } from '../domain/reserved-names.ts';

/** `-` in an id is `_` here. */
export const prefixOf = (agent: AgentId) => `${agent.toUpperCase().replaceAll('-', '_')}_`;

/** A name in the environment of a process: letters, digits and `_`. */
const NAME = /^[A-Za-z0-9_]{1,64}$/;
export const isSecretName = (name: string) => NAME.test(name);

export interface Owned {
  agent: AgentId;
  /** What it is called inside the agent. */
  name: string;
}

export type Ownership =
  | { kind: 'nobody' }
  | ({ kind: 'owned' } & Owned)
  /** Several could have it. Longest id first. */
  | { kind: 'contested'; by: readonly Owned[] };

export interface NameRules {
  /** Every agent with a bundle that could be read. */
  ids: Iterable<AgentId>;
  /** Whom names were given to when they were first seen. */
  claims: ReadonlyMap<string, AgentId>;
  /** Names that the owner's list gives: it alone says who has them. */
  granted: ReadonlySet<string>;
  isReserved: IsReserved;
}

const NOBODY: Ownership = { kind: 'nobody' };

export function ownershipOf(variable: string, { ids, claims, granted, isReserved }: NameRules): Ownership {
  if (isReserved(variable)) return NOBODY;
  const claimedBy = claims.get(variable);
  if (claimedBy !== undefined) {
    const owned = ownedBy(variable, claimedBy);
    return owned === null ? NOBODY : { kind: 'owned', ...owned };
  }
  if (granted.has(variable)) return NOBODY;
  const by = candidatesOf(variable, ids);
  const [first] = by;
  if (first === undefined) return NOBODY;
  return by.length === 1 ? { kind: 'owned', ...first } : { kind: 'contested', by };
}

/** Those among the names that are somebody's from now on. */
export function newClaims(names: Iterable<string>, rules: NameRules): Map<string, AgentId> {
  const claims = new Map<string, AgentId>();
  for (const name of names) {
    if (rules.claims.has(name)) continue;
    const ownership = ownershipOf(name, rules);
    if (ownership.kind === 'owned') claims.set(name, ownership.agent);
  }
  return claims;
}

/** What an earlier release gave to whom: the longest of the ids that there were. */
export function claimsOfBefore(names: Iterable<string>, ids: readonly AgentId[], isReserved: IsReserved) {
  const claims = new Map<string, AgentId>();
  for (const name of names) {
    const [longest] = isReserved(name) ? [] : candidatesOf(name, ids);
    if (longest) claims.set(name, longest.agent);
  }
  return claims;
}

function candidatesOf(variable: string, ids: Iterable<AgentId>): Owned[] {
  return [...ids].flatMap((id) => ownedBy(variable, id) ?? []).sort((a, b) => b.agent.length - a.agent.length);
}

function ownedBy(variable: string, agent: AgentId): Owned | null {
  const prefix = prefixOf(agent);
  const name = variable.slice(prefix.length);
  return variable.startsWith(prefix) && isSecretName(name) ? { agent, name } : null;
}
