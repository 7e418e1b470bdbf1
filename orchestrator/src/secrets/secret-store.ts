/**
 * The secrets of the crew as they are now: the environment of this process, and a folder of files that is read again at
 * every look, so that a file that changes is noticed without a restart. Values stay in memory.
 */
import type { AgentId } from '../domain/agent.ts';
import type { GivenSecrets, KnownAgent, SecretState } from '../domain/secrets.ts';
import type { Version } from '../domain/version.ts';
import { namesIn, sensitiveIn, strangersIn } from './in-config.ts';
import { type Resolved, resolveSecrets } from './resolve-secrets.ts';
import type { Seal } from './seal.ts';
import { readSecretFiles, type SecretFolder } from './secret-files.ts';

export interface SecretStoreOptions {
  dir: string;
  env: Readonly<Record<string, string | undefined>>;
  seal: Seal;
  /** Told of every value before it is used; `agent` is given it, or null where none is. */
  onValues(values: readonly string[], agent: AgentId | null): void;
}

export interface SecretStore {
  /** Reads the files again. @returns whether something other is now given to somebody, perhaps */
  look(): Promise<boolean>;
  /** Something changed that has not been read twice alike yet: look again soon. */
  isSettling(): boolean;
  noteCrew(agents: readonly KnownAgent[]): void;
  stateOf(version: Version): SecretState;
  givenTo(version: Version): GivenSecrets;
}

const EMPTY: SecretFolder = { files: new Map(), problem: null };

interface Known extends SecretState {
  values: Resolved['values'];
}

export function createSecretStore({ dir, env, seal, onValues }: SecretStoreOptions): SecretStore {
  let folder: SecretFolder | null = null;
  let candidate: string | null = null;
  let ids: readonly AgentId[] = [];
  const literals = new Map<AgentId, Readonly<Record<string, string>>>();
  let known = new WeakMap<Version, Known>();
  const forget = () => {
    known = new WeakMap();
  };

  function of(version: Version): Known {
    const found = known.get(version);
    if (found) return found;
    const fresh = resolve(version);
    known.set(version, fresh);
    return fresh;
  }

  function resolve(version: Version): Known {
    const { agent, secrets: references = [], soft } = version;
    const wanted = { agent, references, literals: literals.get(agent) ?? {}, inConfig: namesIn(soft) };
    const { values, missing } = resolveSecrets(wanted, { dir, env, ids, ...(folder ?? EMPTY) });
    onValues([...Object.values(values), ...sensitiveIn(soft)], agent);
    const secrets = Object.entries(values)
      .map(([name, value]) => ({ name, fingerprint: seal.fingerprint(agent, name, value) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    return {
      hash: seal.hashOf(agent, values),
      secrets,
      missing,
      notes: strangersIn(agent, soft, Object.keys(values)),
      values,
    };
  }

  /** One who is writing is not caught in the middle: a change counts once it was read twice alike. */
  function accept(fresh: SecretFolder): boolean {
    const text = textOf(fresh);
    if (folder !== null && text === textOf(folder)) {
      candidate = null;
      return false;
    }
    if (folder !== null && candidate !== text) {
      candidate = text;
      return false;
    }
    folder = fresh;
    candidate = null;
    onValues(
      [...fresh.files.values()].flatMap((file) => ('value' in file ? [file.value] : [])),
      null,
    );
    forget();
    return true;
  }

  return {
    look: async () => accept(await readSecretFiles(dir)),
    isSettling: () => candidate !== null,
    noteCrew(agents) {
      const before = JSON.stringify([ids, [...literals]]);
      ids = agents.map(({ id }) => id).sort();
      for (const id of literals.keys()) if (!ids.includes(id)) literals.delete(id);
      for (const { id, literals: own } of agents) if (own) literals.set(id, own);
      if (JSON.stringify([ids, [...literals]]) !== before) forget();
    },
    stateOf: of,
    givenTo(version) {
      const { values, hash, missing } = of(version);
      return { values, hash, missing };
    },
  };
}

const textOf = ({ files, problem }: SecretFolder) => JSON.stringify([...files, problem]);
