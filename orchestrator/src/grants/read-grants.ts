/** The owner's list, `deploy/grants.yaml`, as `Grants`: checked whole, every problem with line and column. Pure. */

import { LIMITS } from '../bundle/limits.ts';
import { checkSchema } from '../bundle/manifest/check-schema.ts';
import { isObject, type JsonObject, type Path } from '../bundle/manifest/json-value.ts';
import { didYouMean } from '../bundle/manifest/suggest.ts';
import { readYaml, type YamlFile } from '../bundle/manifest/yaml-file.ts';
import { type AgentId, isAgentId, toAgentId } from '../domain/agent.ts';
import type { Problem } from '../domain/desired.ts';
import { DEFAULT_GRANT, type Grant } from '../domain/grants.ts';
import type { IsReserved } from '../domain/reserved-names.ts';
import { readText } from '../domain/text/read-text.ts';
import { BUILD_KEYS, GRANT_KEYS, type GrantEntry, grantSchema } from './grants-schema.ts';

/** What the list gives; agents that it does not name have `defaults`. */
export interface GrantList {
  defaults: Grant;
  agents: ReadonlyMap<AgentId, Grant>;
}

export const NO_GRANTS: GrantList = { defaults: DEFAULT_GRANT, agents: new Map() };

export type GrantsReading = { list: GrantList } | { problems: readonly Problem[] };

const TOP_KEYS = ['defaults', 'agents'];

/** @param name of the file, for messages */
export function readGrants(name: string, bytes: Uint8Array, isReserved: IsReserved): GrantsReading {
  if (isBlank(bytes)) return { list: NO_GRANTS };
  const file = readYaml(name, bytes);
  const problems = [...file.problems, ...unknownKeys(file, [], file.value, TOP_KEYS)];
  const defaults = entryAt(file, ['defaults'], isReserved);
  const agents = entriesOf(file, isReserved);
  problems.push(...defaults.problems, ...agents.problems);
  if (problems.length > 0) return { problems: problems.slice(0, LIMITS.problems) };
  const base = merged(DEFAULT_GRANT, defaults.entry);
  const each = [...agents.entries].map(([id, entry]): [AgentId, Grant] => [id, merged(base, entry)]);
  return { list: { defaults: base, agents: new Map(each) } };
}

/** An example with everything commented out is no mapping, and no mistake. */
function isBlank(bytes: Uint8Array): boolean {
  if (bytes.length > LIMITS.textBytes) return false;
  const reading = readText(bytes);
  if ('problem' in reading) return false;
  const lines = reading.text.split('\n');
  return lines.every((line) => line.trim() === '' || line.trimStart().startsWith('#'));
}

interface Entry {
  entry: GrantEntry;
  problems: Problem[];
}

function entryAt(file: YamlFile, path: Path, isReserved: IsReserved): Entry {
  const value = path.reduce<unknown>((inside, key) => (isObject(inside) ? inside[key] : undefined), file.value);
  if (value === undefined || value === null) return { entry: {}, problems: [] };
  if (!isObject(value)) return { entry: {}, problems: [file.problem('error', path, 'expected a mapping')] };
  const unknown = unknownKeys(file, path, value, GRANT_KEYS);
  if (isObject(value.build)) unknown.push(...unknownKeys(file, [...path, 'build'], value.build, BUILD_KEYS));
  const stated = Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
  const { parsed, problems } = checkSchema({
    schema: grantSchema(isReserved),
    value: stated,
    problemAt: (at, message) => file.problem('error', [...path, ...at], message),
  });
  return { entry: parsed ?? {}, problems: [...unknown, ...problems] };
}

function entriesOf(file: YamlFile, isReserved: IsReserved) {
  const { agents } = file.value;
  const entries = new Map<AgentId, GrantEntry>();
  const problems: Problem[] = [];
  if (agents === undefined || agents === null) return { entries, problems };
  if (!isObject(agents)) {
    problems.push(file.problem('error', ['agents'], 'expected a mapping of agent ids'));
    return { entries, problems };
  }
  for (const id of Object.keys(agents)) {
    if (!isAgentId(id)) problems.push(file.keyProblem('error', ['agents', id], noSuchId(id)));
    const read = entryAt(file, ['agents', id], isReserved);
    problems.push(...read.problems);
    entries.set(id, read.entry);
  }
  return { entries, problems };
}

function noSuchId(text: string): string {
  const meant = toAgentId(text);
  const hint = isAgentId(meant) ? `; did you mean "${meant}"?` : '';
  return `expected the id of an agent, found ${JSON.stringify(text.slice(0, 60))}${hint}`;
}

function unknownKeys(file: YamlFile, path: Path, value: JsonObject, known: readonly string[]): Problem[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const meant = didYouMean(key, known);
      const hint = meant === null ? `; known are ${known.join(', ')}` : `; did you mean "${meant}"?`;
      return file.keyProblem('error', [...path, key], `unknown key "${key.slice(0, 60)}"${hint}`);
    });
}

/** Lists of what is given add up; every other key of an agent stands for the one of `defaults`. */
function merged(base: Grant, entry: GrantEntry): Grant {
  const both = (one: readonly string[], other: readonly string[] = []) => [...new Set([...one, ...other])];
  const { memory, cpus, pids } = base.ceilings;
  return {
    variables: both(base.variables, entry.variables),
    files: both(base.files, entry.files),
    modelAddresses: both(base.modelAddresses, entry.model_addresses),
    models: entry.models ?? base.models,
    tokensPerDay: entry.tokens_per_day ?? base.tokensPerDay,
    costPerDay: entry.cost_per_day ?? base.costPerDay,
    ceilings: { memory: entry.memory ?? memory, cpus: entry.cpus ?? cpus, pids: entry.pids ?? pids },
    storageBytes: entry.storage ?? base.storageBytes,
    databaseBytes: entry.database ?? base.databaseBytes,
    build: {
      compilers: entry.build?.compilers ?? base.build.compilers,
      sources: both(base.build.sources, entry.build?.sources),
    },
  };
}
