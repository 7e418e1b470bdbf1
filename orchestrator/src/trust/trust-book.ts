/**
 * Which version may run without a word, and which waits for one. A folder that appears for the first time may: to put
 * it there is the consent. What asks for more than was accepted, and what comes under the id of one that was removed
 * or from the folder of another, may not (SECURITY.md, Trust).
 */
import type { AgentId } from '../domain/agent.ts';
import type { DesiredAgent } from '../domain/desired.ts';
import type { StoredState } from '../domain/ports/ports.ts';
import type { StoredAgent } from '../domain/stored-agent.ts';
import type { Accepted, Hold, TrustState } from '../domain/trust.ts';
import type { Version } from '../domain/version.ts';
import { compareRights, NO_RIGHTS } from './compare-rights.ts';
import { rightsOf } from './rights-of.ts';

export interface TrustBook {
  /** Takes note of what needs no word. @returns null for a version that may run */
  holdOf(desired: Readable, stored: StoredAgent): Hold | null;
  /** The agent that its folder was before, as long as nobody has said the word for the new id; null for none. */
  formerOf(desired: Readable): AgentId | null;
  /** The agent that came from this folder, whatever is in it now; null for none. */
  agentIn(folder: string): AgentId | null;
  /** A person says the word for this version. */
  accept(desired: Readable): void;
  /** The folder is gone and nothing of the agent is left. */
  noteGone(agent: AgentId): void;
  claimed(): ReadonlyMap<string, AgentId>;
  claim(names: ReadonlyMap<string, AgentId>): void;
  idsOfBefore(): readonly AgentId[];
}

type Readable = Extract<DesiredAgent, { kind: 'valid' }>;

export interface TrustBookOptions {
  /** What was kept; null where there is nothing yet. */
  kept: TrustState | null;
  /** What is stored of agents: an installation that is older than this book has accepted what runs. */
  stored: StoredState;
  /** Nothing waits for a word. */
  trustAll: boolean;
  save(state: TrustState): void;
}

export function createTrustBook({ kept, stored, trustAll, save }: TrustBookOptions): TrustBook {
  const agents = new Map<AgentId, Accepted>(Object.entries(kept?.agents ?? {}));
  const names = new Map<string, AgentId>(Object.entries(kept?.names ?? {}));
  const before = kept === null ? Object.keys(stored) : [];
  for (const [id, agent] of Object.entries(stored)) {
    const version = agent.running ?? agent.lastGood;
    if (version && !agents.has(id)) agents.set(id, entryOf(version, null));
  }

  const keep = () => save({ agents: Object.fromEntries(agents), names: Object.fromEntries(names) });

  function note(id: AgentId, entry: Accepted): null {
    if (JSON.stringify(agents.get(id)) === JSON.stringify(entry)) return null;
    agents.set(id, entry);
    keep();
    return null;
  }

  function formerOf({ id, folder }: Readable): AgentId | null {
    if (trustAll || agents.has(id)) return null;
    for (const [other, entry] of agents) if (other !== id && entry.folder === folder && !entry.gone) return other;
    return null;
  }

  return {
    holdOf(desired, state) {
      const { id, version, folder } = desired;
      const entry = agents.get(id) ?? null;
      const fresh = entryOf(version, folder);
      const isKnown = [state.running, state.lastGood].some((one) => one?.hash === version.hash);
      if (trustAll || isKnown || entry?.hash === version.hash) return note(id, fresh);
      if (entry === null) {
        const former = formerOf(desired);
        return former === null
          ? note(id, fresh)
          : holdOf(version, null, `its folder ${folder} was the agent ${former} before`);
      }
      if (entry.gone) return holdOf(version, null, `an agent that was removed had the id ${id}`, LEFT_BEHIND);
      if (entry.folder !== null && entry.folder !== folder)
        return holdOf(version, null, `the agent ${id} was in the folder ${entry.folder} before`, LEFT_BEHIND);
      const hold = holdOf(version, entry, 'it asks for more than was accepted');
      return hold.asks.length > 0 ? hold : note(id, fresh);
    },
    formerOf,
    agentIn(folder) {
      // An earlier release did not note the folder.
      for (const [id, { folder: own, gone }] of agents) if (!gone && (own ?? id) === folder) return id;
      return null;
    },
    accept: ({ id, version, folder }) => void note(id, entryOf(version, folder)),
    noteGone(id) {
      const entry = agents.get(id);
      if (entry) note(id, { ...entry, gone: true });
    },
    claimed: () => names,
    claim(more) {
      for (const [name, agent] of more) names.set(name, agent);
      keep();
    },
    idsOfBefore: () => before,
  };
}

/** In one line; `allow` shows all of it. */
const MOST_TOLD = 4;
const LEFT_BEHIND = 'what the agent of before left: its memories, its files and its secrets';

function holdOf(version: Version, entry: Accepted | null, because: string, ...more: readonly string[]): Hold {
  const { asks, givesUp } = compareRights(entry?.rights ?? NO_RIGHTS, rightsOf(version));
  const all = [...more, ...asks];
  return { version: version.hash, because: reasonOf(version.agent, because, all), asks: all, givesUp };
}

function reasonOf(agent: AgentId, because: string, asks: readonly string[]): string {
  const rest = asks.length > MOST_TOLD ? `; and ${asks.length - MOST_TOLD} more` : '';
  const told = `${asks.slice(0, MOST_TOLD).join('; ')}${rest}`;
  return `waits for your word: ${because} (${told}); \`hairem allow ${agent}\` shows the difference and accepts it`;
}

function entryOf(version: Version, folder: string | null): Accepted {
  return { rights: rightsOf(version), hash: version.hash, folder, gone: false };
}
