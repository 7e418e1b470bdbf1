/** A disk of a few megabytes at a folder, which tests fill and empty again. Needs root, as the engine does. */
import { execFile } from 'node:child_process';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const BLOCK = Buffer.alloc(4096, 1);

export interface SmallDisk {
  /** Takes all room that is left. */
  fill(): Promise<void>;
  makeRoom(): Promise<void>;
  remove(): Promise<void>;
}

export async function mountSmallDisk(dir: string, megabytes: number): Promise<SmallDisk> {
  await mkdir(dir, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', dir]);
  const filler = join(dir, 'filler');
  return {
    fill: () => fill(filler),
    makeRoom: () => rm(filler, { force: true }),
    remove: async () => void (await run('umount', ['-l', dir])),
  };
}

async function fill(path: string): Promise<void> {
  const file = await open(path, 'a');
  try {
    for (;;) await file.write(BLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    await file.close();
  }
}
