/** What each database has on disk, and what is said to one that has too much. */
import { HairemError } from '../domain/errors/errors.ts';
import { type CallHead, type DatabaseName, ownerOf } from '../domain/messages/store-call.ts';
import type { Log } from '../domain/ports/log.ts';

export interface QuotaOptions {
  sizeOf(database: DatabaseName): Promise<number>;
  now(): number;
  log: Log;
  /** A size has changed by more than a little. */
  onChange(): void;
}

/** Looking at a folder of some dozen files takes less than a millisecond. */
const LOOK_EVERY_MS = 2_000;
const A_LITTLE_BYTES = 64 * 1024;
const MIB = 1024 * 1024;

export function createQuotas({ sizeOf, now, log, onChange }: QuotaOptions) {
  const known = new Map<DatabaseName, { bytes: number; at: number }>();

  const look = async (database: DatabaseName): Promise<number> => {
    const last = known.get(database);
    if (last && now() - last.at < LOOK_EVERY_MS) return last.bytes;
    const bytes = await sizeOf(database).catch((error) => {
      log.warn('the size of a database is not known', { database, error });
      return last?.bytes ?? 0;
    });
    known.set(database, { bytes, at: now() });
    if (Math.abs(bytes - (last?.bytes ?? 0)) > A_LITTLE_BYTES) onChange();
    return bytes;
  };
  return {
    /** Never rejects. */
    look,
    /** Bytes by owner, as last looked at. */
    sizes: () => Object.fromEntries([...known].map(([name, { bytes }]) => [ownerOf(name) ?? '', bytes])),
    /** Null for what may be done. */
    async refusal({ database, quota }: Pick<CallHead, 'database' | 'quota'>): Promise<HairemError | null> {
      const bytes = await look(database);
      return quota !== null && bytes >= quota ? full(ownerOf(database) ?? database, bytes, quota) : null;
    },
  };
}

function full(owner: string, bytes: number, quota: number): HairemError {
  const held = `the memory of ${owner} holds ${Math.ceil(bytes / MIB)} MiB of at most ${Math.floor(quota / MIB)} MiB`;
  const help = `raise \`database\` of ${owner} in deploy/grants.yaml (what is deleted stays on the disk for a while)`;
  return new HairemError('too_large', `${held}: ${help}`);
}
