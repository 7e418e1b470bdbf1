/** The places where one agent may find a value, each of them with the reason why not. Pure. */
import type { AgentId } from '../domain/agent.ts';
import { type Grant, linesToGrant } from '../domain/grants.ts';
import type { IsReserved } from '../domain/reserved-names.ts';
import type { SecretFile, SecretFolder } from './secret-files.ts';
import { isSecretName, type Ownership, prefixOf } from './secret-names.ts';

export interface Sources extends SecretFolder {
  /** Where the files are, for messages. */
  dir: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Whose a flat name is. */
  ownerOf(name: string): Ownership;
  /** What the owner's list gives to the agent in question. */
  grant: Pick<Grant, 'variables' | 'files'>;
  isReserved: IsReserved;
}

export type Found = { value: string } | { tried: readonly string[] };

export function first(ways: readonly (() => Found)[]): Found {
  const tried: string[] = [];
  for (const way of ways) {
    const found = way();
    if ('value' in found) return found;
    tried.push(...found.tried);
  }
  return { tried: [...new Set(tried)] };
}

/** A secret of its own: the file in the agent's folder, then the flat file, then the variable. */
export function own(agent: AgentId, name: string, sources: Sources): Found {
  const file = () => ownFile(agent, name, sources);
  return first([file, () => flat(`${prefixOf(agent)}${name}`, agent, sources)]);
}

/** What `${NAME}` says: a flat name of its own, a secret of its own, or what the owner's list gives. */
export function variable(name: string, agent: AgentId, sources: Sources): Found {
  if (sources.isReserved(name)) return { tried: [`the variable ${name} (${OURS})`] };
  if (isOwn(name, agent, sources)) return flat(name, agent, sources);
  const isKnown = isSecretName(name) && 'value' in own(agent, name, sources);
  if (isKnown) return own(agent, name, sources);
  if (sources.grant.variables.includes(name)) return plain(name, sources);
  return { tried: [`the variable ${name} (${whyNot(name, sources, linesToGrant(agent, 'variables', `[${name}]`))})`] };
}

/** What `{file: …}` says. Only the folder of secrets counts: a manifest must not read other files of ours. */
export function inFile(path: string, agent: AgentId, sources: Sources): Found {
  const { dir } = sources;
  const within = path.startsWith(`${dir}/`) ? path.slice(dir.length + 1) : path;
  const name = within.startsWith(`${agent}/`) ? within.slice(agent.length + 1) : within;
  if (name === '' || name.includes('/') || name.startsWith('.'))
    return { tried: [`the file ${path} (only files in ${dir} are read, and folders of other agents are not)`] };
  const mine = ownFile(agent, name, sources);
  if ('value' in mine || within !== name) return mine;
  if (sources.isReserved(name)) return { tried: [`the file ${dir}/${name} (${OURS})`] };
  const isGiven = isOwn(name, agent, sources) || sources.grant.files.includes(name);
  if (isGiven) return first([() => mine, () => inFolder(sources.files.get(name), `${dir}/${name}`, sources)]);
  // A name that is offered for copying must be nothing but a name.
  const lines = PLAIN.test(name)
    ? linesToGrant(agent, 'files', `[${name}]`)
    : 'rename it, then name it in deploy/grants.yaml';
  return { tried: [`the file ${dir}/${name} (${whyNot(name, sources, lines)})`] };
}

/** No environment can hold it; or it held something else, where it was no UTF-8, and we see what has become of it. */
export function usable(value: string, place: string): Found {
  if (value.includes('\uFFFD')) return { tried: [`${place} (is not UTF-8 text)`] };
  return value.includes('\0') ? { tried: [`${place} (holds a NUL character)`] } : { value };
}

const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const OURS = "hAIrem's own, or the system's";

function isOwn(name: string, agent: AgentId, { ownerOf }: Sources): boolean {
  const owner = ownerOf(name);
  return owner.kind === 'owned' && owner.agent === agent;
}

function ownFile(agent: AgentId, name: string, sources: Sources): Found {
  return inFolder(sources.own.get(agent)?.get(name), `${sources.dir}/${agent}/${name}`, sources);
}

function inFolder(file: SecretFile | undefined, path: string, { problem }: Sources): Found {
  if (file && 'value' in file) return usable(file.value, `the file ${path}`);
  return { tried: [`the file ${path} (${file ? file.problem : (problem ?? 'not there')})`] };
}

/** The flat file of this name, then the variable; unless it is not this agent's. */
function flat(name: string, agent: AgentId, sources: Sources): Found {
  if (sources.isReserved(name)) return { tried: [`the variable ${name} (${OURS})`] };
  const owner = sources.ownerOf(name);
  if (owner.kind === 'contested') return { tried: [`${name} (nobody has said whose it is)`] };
  if (owner.kind === 'owned' && owner.agent !== agent)
    return { tried: [`the variable ${name} (it is ${owner.agent}'s)`] };
  if (owner.kind === 'nobody' && isThere(name, sources))
    return { tried: [`the variable ${name} (the owner's list says who has it)`] };
  return plain(name, sources);
}

const isThere = (name: string, { files, env }: Sources) => files.has(name) || env[name] !== undefined;

function plain(name: string, sources: Sources): Found {
  const found = inFolder(sources.files.get(name), `${sources.dir}/${name}`, sources);
  if ('value' in found) return found;
  const value = sources.env[name];
  if (value) return usable(value, `the variable ${name}`);
  return { tried: [...found.tried, `the variable ${name} (${value === undefined ? 'not set' : 'empty'})`] };
}

function whyNot(name: string, { ownerOf }: Sources, lines: string): string {
  const owner = ownerOf(name);
  if (owner.kind === 'owned') return `it is ${owner.agent}'s`;
  return `not its own, and not given to it: ${lines}`;
}
