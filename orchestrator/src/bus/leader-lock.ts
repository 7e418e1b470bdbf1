/**
 * One orchestrator acts for an installation (SECURITY.md, fault 24). The claim is the name of its connection to Redis:
 * it ends with the connection, so a process that was killed leaves none behind.
 */
import { randomUUID } from 'node:crypto';
import { HairemError } from '../domain/errors/errors.ts';

const PREFIX = 'hairem-orchestrator:';
/** One that lives pings each second. Longer than this it hangs, or its host lost power: its connection is ended. */
const SILENT_SECONDS = 10;
/** Whoever is about to end may take so long to do it. */
const PATIENCE_MS = 5_000;
const LOOK_EVERY_MS = 500;

export interface Rival {
  /** Redis' number of its connection. */
  connection: string;
  address: string;
  ageSeconds: number;
  idleSeconds: number;
}

/** What a connection to Redis must be able to do for it. */
export interface Named {
  /** From now on it has this name. @returns what CLIENT LIST said before, in the same transaction */
  takeName(name: string): Promise<string>;
  dropName(): Promise<void>;
  /** Ends another connection, by Redis' number of it. */
  end(connection: string): Promise<void>;
}

export type Claim = (redis: Named, sleep: (ms: number) => Promise<void>) => Promise<void>;

/** For every connection that this process makes, one after the other: an old one of its own is no rival. */
export function newLeaderLock({ silentSeconds = SILENT_SECONDS } = {}): Claim {
  const name = `${PREFIX}${randomUUID()}`;
  /** Throws conflict, naming the rival, where another keeps acting. */
  return async (redis, sleep) => {
    for (let waited = 0; ; waited += LOOK_EVERY_MS) {
      // Looked and named in one transaction: of two that come at once, one sees the other.
      const [rival] = otherLeadersIn(await redis.takeName(name), name);
      if (!rival) return;
      await redis.dropName();
      if (rival.idleSeconds >= silentSeconds) await redis.end(rival.connection);
      else if (waited >= PATIENCE_MS) throw new HairemError('conflict', explain(rival));
      await sleep(LOOK_EVERY_MS);
    }
  };
}

/** @param list what CLIENT LIST says */
export function otherLeadersIn(list: string, ownName: string): Rival[] {
  const connections = list.split('\n').map((line) => new Map(line.split(' ').map(toPair)));
  const named = connections.filter((one) => one.get('user') === 'orchestrator' && one.get('name')?.startsWith(PREFIX));
  return named
    .filter((one) => one.get('name') !== ownName)
    .map((one) => ({
      connection: one.get('id') ?? '',
      address: one.get('addr') ?? '',
      ageSeconds: Number(one.get('age')),
      idleSeconds: Number(one.get('idle')),
    }));
}

function toPair(field: string): [string, string] {
  const at = field.indexOf('=');
  return [field.slice(0, at), field.slice(at + 1)];
}

function explain({ address, ageSeconds }: Rival): string {
  return `another orchestrator acts for this installation: it has been connected to Redis from ${address} for ${ageSeconds} s. Stop one of the two, or give this one data and a Redis of its own`;
}
