/**
 * Who has Redis work without end where nobody hears anything of it: pings, commands that Redis does not have, passwords,
 * names, connections that come and go. Pure. Redis says how much it runs, not for whom; but the one that never stops is
 * found in the middle of a command nearly whenever one looks.
 */
import type { BusConnection, BusCounts } from '../../domain/ports/bus-state.ts';
import { type Judging, ownerOf, placeOf } from './connection-limits.ts';

/** Beyond what is said to agents: as many commands cost Redis some hundredths of a processor. */
const MOST_PER_SECOND = 20_000;
/** To let one in costs Redis about as much as so many commands, and to read so many bytes about as much as one. */
const COMMANDS_A_CONNECTION = 100;
const BYTES_A_COMMAND = 4096;
/** So many looks more in which it was at work than not: an honest agent may be in the middle of a command in one or two. */
const LOOKS_AT_WORK = 4;
/**
 * So many looks more than any other in which it was at work, or Redis had something that it had not sent to it yet: others
 * may have an honest one be sent much, and who waits for each answer is seldom found at work.
 */
const LOOKS_AHEAD = 10;
/** Then what was seen is forgotten: in so many an honest one is seen fewer than ten times. */
const MOST_LOOKS = 400;
/** An agent that has spent its share of the processor is stopped for a part of each tenth of a second. */
const PAUSE_MS = 1_000;

export interface CommandLoad {
  /**
   * Called with each count.
   *
   * @param heard what the messages to agents that were heard since the last cost Redis, in commands
   * @returns how many commands a second nobody hears anything of, where they are too many; else 0
   */
  judge(counts: BusCounts, heard: number, now: number): number;
  /** Whether they were too many within the last second: then they are counted often. */
  isHigh(): boolean;
  /**
   * Called when they are too many.
   *
   * @returns agents that were at work in most looks, by `ownerOf`, and their connections
   */
  find(connections: readonly BusConnection[], around: Around): Map<string, string[]>;
}

interface Around extends Pick<Judging, 'networks'> {
  /** A user of a process of ours: what those have Redis do is no question. */
  isOurs(user: string): boolean;
}

/** All that is neither an agent's nor ours: it may be what has Redis work, and then no agent does. */
const OTHERS = '';

interface Suspect {
  /** How many looks saw it at work or sent something. */
  seen: number;
  /** How many looks more saw it at work than not. */
  atWork: number;
}

export function createCommandLoad(): CommandLoad {
  let last: { work: number; at: number } | null = null;
  let highUntil: number | null = null;
  let suspects = new Map<string, Suspect>();
  let known: ReadonlySet<string> | null = null;
  let looks = 0;
  const forget = () => {
    suspects = new Map();
    known = null;
    looks = 0;
  };
  return {
    judge(counts, heard, now) {
      const work = workIn(counts);
      const before = last;
      last = { work, at: now };
      if (!before || now <= before.at) return 0;
      const perSecond = ((work - before.work - heard) * 1000) / (now - before.at);
      const isHigh = perSecond > MOST_PER_SECOND;
      if (isHigh) highUntil = now + PAUSE_MS;
      else if (highUntil !== null && now >= highUntil) {
        highUntil = null;
        forget();
      }
      return isHigh ? Math.round(perSecond) : 0;
    },
    isHigh: () => highUntil !== null,
    find(connections, { networks, isOurs }) {
      looks += 1;
      if (looks > MOST_LOOKS) forget();
      const place = placeOf(networks);
      const judged = connections.filter(({ user, address }) => place(address) !== null || !isOurs(user));
      const groups = Map.groupBy(judged, ({ user, address }) => ownerOf(user, place(address)) ?? OTHERS);
      const next = new Map<string, Suspect>();
      for (const [owner, own] of groups) {
        const evidence = own.map((one) => evidenceOf(one, known));
        const before = suspects.get(owner) ?? { seen: 0, atWork: 0 };
        const seen = before.seen + (evidence.every((one) => one === null) ? 0 : 1);
        const atWork = Math.max(0, before.atWork + (evidence.includes('at work') ? 1 : -1));
        if (seen > 0) next.set(owner, { seen, atWork });
      }
      suspects = next;
      known = new Set(connections.map(({ id }) => id));
      const [, second = 0] = [...next.values()].map(({ seen }) => seen).sort((one, other) => other - one);
      const found = [...next].filter(
        ([owner, { seen, atWork }]) => owner !== OTHERS && (seen >= second + LOOKS_AHEAD || atWork >= LOOKS_AT_WORK),
      );
      return new Map(found.map(([owner]) => [owner, (groups.get(owner) ?? []).map(({ id }) => id)]));
    },
  };
}

/** What a message of so many bytes costs Redis, in commands. */
export const workOf = (bytes: number) => 1 + bytes / BYTES_A_COMMAND;

const workIn = ({ commands, errors, opened, bytes }: BusCounts) =>
  commands + errors + COMMANDS_A_CONNECTION * opened + bytes / BYTES_A_COMMAND;

/** @param known the connections of the look before; null for the first look */
function evidenceOf(connection: BusConnection, known: ReadonlySet<string> | null): 'at work' | 'answered' | null {
  const { id, unfinishedBytes, unsentBytes, listens } = connection;
  if (unfinishedBytes > 0 || (known && !known.has(id))) return 'at work';
  if (unsentBytes === 0) return null;
  return listens ? 'answered' : 'at work'; // one that listens to nothing is sent answers alone
}
