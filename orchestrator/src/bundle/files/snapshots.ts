/** Private copies of bundles on the data volume, one folder per image hash, as domain/desired.ts lays them out. */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, rename, rm, utimes } from 'node:fs/promises';
import { codeOf } from './system-error.ts';

const TEMPORARY = '.tmp-';
/** What we make: nothing else is ever removed. */
const OURS = /^(?:[0-9a-f]{64}|\.tmp-.+)$/;

/** A new folder with empty `code` and `deps`, to be kept or removed. */
export async function newSnapshot(workDir: string): Promise<string> {
  const dir = `${workDir}/${TEMPORARY}${randomUUID()}`;
  for (const part of ['code', 'deps']) {
    await mkdir(`${dir}/${part}`, { recursive: true });
    await chmod(`${dir}/${part}`, 0o755);
  }
  return dir;
}

/** Gives the snapshot its name. One with the same hash is there already: it has the same content and stays. */
export async function keepSnapshot(workDir: string, temporary: string, imageHash: string): Promise<string> {
  const dir = snapshotDir(workDir, imageHash);
  for (const part of ['code', 'deps']) await utimes(`${temporary}/${part}`, 0, 0);
  try {
    await rename(temporary, dir);
  } catch (error) {
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error;
    await removeSnapshot(temporary);
  }
  return dir;
}

export async function removeSnapshot(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
}

/** Removes every snapshot that is not of one of these image hashes, and what a crash left behind. */
export async function pruneSnapshots(workDir: string, inUse: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(workDir).catch(() => [])) {
    if (OURS.test(name) && !inUse.has(name)) await removeSnapshot(`${workDir}/${name}`);
  }
}

function snapshotDir(workDir: string, imageHash: string): string {
  return `${workDir}/${imageHash}`;
}
