/**
 * The secrets of the crew as they are now: the environment of this process, and a folder of files that is read again at
 * every look, so that a file that changes is noticed without a restart. Values stay in memory.
 */
import type { AgentId } from '../domain/agent.ts';
import type { Grants } from '../domain/grants.ts';
import type { IsReserved } from '../domain/reserved-names.ts';
import type { GivenSecrets, KnownAgent, SecretState } from '../domain/secrets.ts';
import type { Version } from '../domain/version.ts';
import type { Seal } from './fingerprint.ts';
import { namesIn, sensitiveIn, strangersIn } from './in-config.ts';
import type { Sources } from './places.ts';
import { type Contested, contestedBy, type Resolved, resolveSecrets } from './resolve-secrets.ts';
import { readSecretFiles, type SecretFolder } from './secret-files.ts';
import { claimsOfBefore, type NameRules, newClaims, type Ownership, ownershipOf } from './secret-names.ts';

export interface SecretStoreOptions {
  dir: string;
  env: Readonly<Record<string, string | undefined>>;
  seal: Seal;
  names: ClaimedNames;
  /** What the owner's list gives, and every variable that it gives to anybody. */
  grants: Grants;
  granted(): ReadonlySet<string>;
  isReserved: IsReserved;
  /** Told of every value before it is used; `agent` is given it, or null where none is. */
  onValues(values: readonly string[], agent: AgentId | null): void;
}

/** Whom flat names were given to, kept over restarts. */
export interface ClaimedNames {
  claimed(): ReadonlyMap<string, AgentId>;
  claim(names: ReadonlyMap<string, AgentId>): void;
  /** Agents of an installation that is older than this memory: what they had stays theirs. Empty otherwise. */
  idsOfBefore(): readonly AgentId[];
}

export interface SecretStore {
  /** Reads the files again. @returns whether something other is now given to somebody, perhaps */
  look(): Promise<boolean>;
  /** Something changed that has not been read twice alike yet: look again soon. */
  isSettling(): boolean;
  noteCrew(agents: readonly KnownAgent[]): void;
  stateOf(version: Version): SecretState;
  givenTo(version: Version): GivenSecrets;
  /** Flat names that this agent could have, and others as well. */
  contestedBy(agent: AgentId): readonly Contested[];
  /** The owner's list, or whose a name is, has changed. */
  forget(): void;
}

const EMPTY: SecretFolder = { files: new Map(), own: new Map(), problem: null };

interface Known extends SecretState {
  values: Resolved['values'];
}

export function createSecretStore(options: SecretStoreOptions): SecretStore {
  const { dir, env, seal, names, grants, granted, isReserved, onValues } = options;
  let folder: SecretFolder | null = null;
  let candidate: string | null = null;
  /** Those with a bundle that could be read. */
  let ids: readonly AgentId[] = [];
  const literals = new Map<AgentId, Readonly<Record<string, string>>>();
  let known = new WeakMap<Version, Known>();
  let owners = new Map<string, Ownership>();
  const forget = () => {
    known = new WeakMap();
    owners = new Map();
  };
  const rules = (): NameRules => ({ ids, claims: names.claimed(), granted: granted(), isReserved });

  function ownerOf(name: string): Ownership {
    const found = owners.get(name) ?? ownershipOf(name, rules());
    owners.set(name, found);
    return found;
  }

  const sourcesFor = (agent: AgentId): Sources => {
    return { dir, env, ...(folder ?? EMPTY), ownerOf, grant: grants(agent), isReserved };
  };

  /** Whether what an earlier release gave was noted. */
  let isNoted = false;

  /** What is seen for the first time is given to whom it can only be meant for. */
  function claimNames(): void {
    if (folder === null || ids.length === 0) return;
    const flat = [...folder.files.keys(), ...Object.keys(env)];
    const ofBefore = isNoted ? new Map<string, AgentId>() : claimsOfBefore(flat, names.idsOfBefore(), isReserved);
    isNoted = true;
    if (ofBefore.size > 0) names.claim(ofBefore);
    const fresh = newClaims(flat, rules());
    if (fresh.size > 0) names.claim(fresh);
  }

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
    const { values, missing } = resolveSecrets(wanted, sourcesFor(agent));
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
    const files = [fresh.files, ...fresh.own.values()].flatMap((some) => [...some.values()]);
    onValues(
      files.flatMap((file) => ('value' in file ? [file.value] : [])),
      null,
    );
    claimNames();
    forget();
    return true;
  }

  return {
    look: async () => accept(await readSecretFiles(dir)),
    isSettling: () => candidate !== null,
    noteCrew(agents) {
      const before = JSON.stringify([ids, [...literals]]);
      const all = new Set(agents.map(({ id }) => id));
      for (const id of literals.keys()) if (!all.has(id)) literals.delete(id);
      for (const { id, literals: own } of agents) if (own) literals.set(id, own);
      ids = [...literals.keys()].sort();
      if (JSON.stringify([ids, [...literals]]) === before) return;
      claimNames();
      forget();
    },
    stateOf: of,
    givenTo(version) {
      const { values, hash, missing } = of(version);
      return { values, hash, missing };
    },
    contestedBy: (agent) => contestedBy(agent, sourcesFor(agent)),
    forget,
  };
}

const textOf = ({ files, own, problem }: SecretFolder) =>
  JSON.stringify([[...files], [...own].map(([id, some]) => [id, [...some]]), problem]);
