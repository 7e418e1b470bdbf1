/**
 * What one agent is given, and what is missing (BUNDLE.md, Secrets): first its reference in the manifest, then the
 * file, then the variable of its own name; and every other file and variable of its name, declared or not. Pure.
 */
import type { AgentId } from '../domain/agent.ts';
import type { SecretReference } from '../domain/version.ts';
import { isHairems, ownerOf, prefixOf } from './own-names.ts';
import type { SecretFolder } from './secret-files.ts';

export interface Sources extends SecretFolder {
  /** Where the files are, for messages. */
  dir: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Every agent that there is: they share the names among them. */
  ids: readonly AgentId[];
}

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

type Found = { value: string } | { tried: readonly string[] };

/** A message on the bus holds a megabyte; they come in one, with persona and config. */
const MOST_CHARACTERS = 256 * 1024;

export function resolveSecrets(wanted: Wanted, sources: Sources): Resolved {
  const values = new Map<string, string>();
  const missing: string[] = [];
  for (const reference of wanted.references) {
    const found = declared(reference, wanted, sources);
    if ('value' in found) values.set(reference.name, found.value);
    else missing.push(`the secret ${reference.name} is missing: looked for ${found.tried.join('; ')}`);
  }
  for (const name of undeclared(wanted.agent, sources)) {
    if (values.has(name)) continue;
    const found = own(wanted.agent, name, sources);
    if ('value' in found) values.set(name, found.value);
  }
  missing.push(...missingInConfig(wanted, { values, sources }));
  const size = [...values.values()].reduce((sum, value) => sum + value.length, 0);
  if (size > MOST_CHARACTERS) missing.push(`its secrets are larger than ${MOST_CHARACTERS / 1024} KB together`);
  return { values: Object.fromEntries(values), missing };
}

function declared({ name, from }: SecretReference, wanted: Wanted, sources: Sources): Found {
  const ways: (() => Found)[] = [];
  if (from.kind === 'variable') ways.push(() => named(from.variable, wanted.agent, sources));
  if (from.kind === 'file') ways.push(() => inFile(from.file, wanted.agent, sources));
  if (from.kind === 'literal') ways.push(() => writtenOut(name, wanted));
  ways.push(() => own(wanted.agent, name, sources));
  if (name !== name.toUpperCase()) ways.push(() => own(wanted.agent, name.toUpperCase(), sources));
  return first(ways);
}

function first(ways: readonly (() => Found)[]): Found {
  const tried: string[] = [];
  for (const way of ways) {
    const found = way();
    if ('value' in found) return found;
    tried.push(...found.tried);
  }
  return { tried: [...new Set(tried)] };
}

const own = (agent: AgentId, name: string, sources: Sources) => named(`${prefixOf(agent)}${name}`, agent, sources);

/** The file of this name, then the variable; unless another agent's, or ours. */
function named(name: string, agent: AgentId, sources: Sources): Found {
  const refusal = refusalOf(name, agent, sources);
  if (refusal) return { tried: [`the variable ${name} (${refusal})`] };
  const path = `the file ${sources.dir}/${name}`;
  const file = sources.files.get(name);
  if (file && 'value' in file) return usable(file.value, path);
  const inFiles = `${path} (${file ? file.problem : (sources.problem ?? 'not there')})`;
  const value = sources.env[name];
  if (value) return usable(value, `the variable ${name}`);
  return { tried: [inFiles, `the variable ${name} (${value === undefined ? 'not set' : 'empty'})`] };
}

function refusalOf(name: string, agent: AgentId, { ids }: Sources): string | null {
  if (isHairems(name)) return "hAIrem's own";
  const owner = ownerOf(name, ids)?.agent ?? agent;
  return owner === agent ? null : `it is ${owner}'s`;
}

/** No environment can hold it. */
function usable(value: string, place: string): Found {
  return value.includes('\0') ? { tried: [`${place} (holds a NUL character)`] } : { value };
}

/** Only what lies in the folder of secrets: a manifest must not read other files of ours. */
function inFile(path: string, agent: AgentId, sources: Sources): Found {
  const { dir, files } = sources;
  const name = path.startsWith(`${dir}/`) ? path.slice(dir.length + 1) : path;
  if (name === '' || name.includes('/')) return { tried: [`the file ${path} (only files in ${dir} are read)`] };
  const refusal = refusalOf(name, agent, sources);
  const file = files.get(name);
  if (refusal) return { tried: [`the file ${dir}/${name} (${refusal})`] };
  if (file && 'value' in file) return usable(file.value, `the file ${dir}/${name}`);
  return { tried: [`the file ${dir}/${name} (${file ? file.problem : (sources.problem ?? 'not there')})`] };
}

function writtenOut(name: string, { literals }: Wanted): Found {
  const value = Object.hasOwn(literals, name) ? literals[name] : undefined;
  return value ? usable(value, 'the manifest') : { tried: ['the manifest (empty, or it cannot be read now)'] };
}

function undeclared(agent: AgentId, { env, files, ids }: Sources): Set<string> {
  const names = [...files.keys(), ...Object.keys(env)].map((variable) => ownerOf(variable, ids));
  return new Set(names.flatMap((owned) => (owned?.agent === agent ? [owned.name] : [])));
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
