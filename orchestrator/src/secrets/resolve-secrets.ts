/**
 * What one agent is given, and what is missing (BUNDLE.md, Secrets): first its reference in the manifest, then what is
 * its own by that name; and everything else that is its own, declared or not. Pure.
 */
import type { AgentId } from '../domain/agent.ts';
import type { SecretReference } from '../domain/version.ts';
import { type Found, first, inFile, own, type Sources, usable, variable } from './places.ts';
import { type Owned, type Ownership, prefixOf } from './secret-names.ts';

export interface Wanted {
  agent: AgentId;
  references: readonly SecretReference[];
  literals: Readonly<Record<string, string>>;
  /** Names that its config refers to as `${…}`. */
  inConfig: readonly string[];
}

export interface Resolved {
  values: Readonly<Record<string, string>>;
  missing: readonly string[];
}

/** A message on the bus holds a megabyte; they come in one, with persona and config. */
const MOST_CHARACTERS = 256 * 1024;

export function resolveSecrets(wanted: Wanted, sources: Sources): Resolved {
  const { agent } = wanted;
  const values = new Map<string, string>();
  const missing: string[] = [];
  for (const reference of wanted.references) {
    const found = declared(reference, wanted, sources);
    if ('value' in found) values.set(reference.name, found.value);
    else missing.push(`the secret ${reference.name} is missing: looked for ${found.tried.join('; ')}`);
  }
  for (const name of undeclared(agent, sources)) {
    if (values.has(name)) continue;
    const found = own(agent, name, sources);
    if ('value' in found) values.set(name, found.value);
  }
  for (const name of wanted.inConfig.filter((one) => sources.grant.variables.includes(one) && !values.has(one))) {
    const found = variable(name, agent, sources);
    if ('value' in found) values.set(name, found.value);
    else missing.push(`config refers to \${${name}}: looked for ${found.tried.join('; ')}`);
  }
  missing.push(...missingInConfig(wanted, { values, sources }), ...contestedLines(agent, sources));
  const size = [...values.values()].reduce((sum, value) => sum + value.length, 0);
  if (size > MOST_CHARACTERS) missing.push(`its secrets are larger than ${MOST_CHARACTERS / 1024} KB together`);
  return { values: Object.fromEntries(values), missing };
}

function declared({ name, from }: SecretReference, wanted: Wanted, sources: Sources): Found {
  const { agent } = wanted;
  const ways: (() => Found)[] = [];
  if (from.kind === 'variable') ways.push(() => variable(from.variable, agent, sources));
  if (from.kind === 'file') ways.push(() => inFile(from.file, agent, sources));
  if (from.kind === 'literal') ways.push(() => writtenOut(name, wanted));
  ways.push(() => own(agent, name, sources));
  if (name !== name.toUpperCase()) ways.push(() => own(agent, name.toUpperCase(), sources));
  return first(ways);
}

function writtenOut(name: string, { literals }: Wanted): Found {
  const value = Object.hasOwn(literals, name) ? literals[name] : undefined;
  return value ? usable(value, 'the manifest') : { tried: ['the manifest (empty, or it cannot be read now)'] };
}

function undeclared(agent: AgentId, sources: Sources): Set<string> {
  const flat = flatNames(sources).flatMap(({ owner }) =>
    owner.kind === 'owned' && owner.agent === agent ? [owner.name] : [],
  );
  return new Set([...(sources.own.get(agent)?.keys() ?? []), ...flat]);
}

function missingInConfig(
  { agent, references, inConfig }: Wanted,
  { values, sources }: { values: ReadonlyMap<string, string>; sources: Sources },
): string[] {
  const prefix = prefixOf(agent);
  const names = inConfig.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const known = new Set([...values.keys(), ...references.map(({ name }) => name)]);
  return names.flatMap((name) => {
    const found = known.has(name) || own(agent, name, sources);
    if (found === true || 'value' in found) return [];
    return [`config refers to \${${prefix}${name}}: looked for ${found.tried.join('; ')}`];
  });
}

/** A flat name that several agents could have, and what to do about it. */
export interface Contested extends Owned {
  variable: string;
  others: readonly Owned[];
}

/** Those that this agent is one of. */
export function contestedBy(agent: AgentId, sources: Pick<Sources, 'files' | 'env' | 'ownerOf'>): Contested[] {
  return flatNames(sources).flatMap(({ variable: flat, owner }) => {
    if (owner.kind !== 'contested') return [];
    const mine = owner.by.find((one) => one.agent === agent);
    return mine ? [{ ...mine, variable: flat, others: owner.by.filter((one) => one !== mine) }] : [];
  });
}

function contestedLines(agent: AgentId, sources: Sources): string[] {
  return contestedBy(agent, sources).map(({ variable: flat, name, others }) => {
    const theirs = others.map((one) => `${one.name} of ${one.agent}`).join(' or ');
    const place = `secrets/${agent}/${name}`;
    return `${flat} could be ${name} of ${agent} or ${theirs}, and nobody has said whose it is: move it to the file ${place} in the folder of secrets (or to ${others.map((one) => `secrets/${one.agent}/${one.name}`).join(', ')}), or say \`hairem allow ${agent}\``;
  });
}

function flatNames({
  files,
  env,
  ownerOf,
}: Pick<Sources, 'files' | 'env' | 'ownerOf'>): { variable: string; owner: Ownership }[] {
  const names = new Set([...files.keys(), ...Object.keys(env)]);
  return [...names].sort().map((name) => ({ variable: name, owner: ownerOf(name) }));
}
