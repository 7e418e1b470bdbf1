/**
 * How the walk looks at folders. Local file systems are asked synchronously, which costs a quarter of the time;
 * remote ones through the thread pool, so that a server which hangs does not hang the event loop.
 */
import { lstatSync, opendirSync, type Stats } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { codeOf } from './system-error.ts';

export interface FolderLister {
  /** Names in a folder, unsorted; stops after `limit`. Throws what the file system says. */
  names(dir: string, limit: number): string[] | Promise<string[]>;
  /** Null when there is nothing of that name. */
  lstat(path: string): Stats | null | Promise<Stats | null>;
}

export const LOCAL_LISTER: FolderLister = {
  names(dir, limit) {
    const folder = opendirSync(dir, { bufferSize: 128 });
    try {
      const names: string[] = [];
      for (let entry = folder.readSync(); entry !== null && names.length < limit; entry = folder.readSync()) {
        names.push(entry.name);
      }
      return names;
    } finally {
      folder.closeSync();
    }
  },
  lstat: (path) => lstatSync(path, { throwIfNoEntry: false }) ?? null,
};

export const REMOTE_LISTER: FolderLister = {
  async names(dir, limit) {
    const names: string[] = [];
    for await (const entry of await opendir(dir, { bufferSize: 128 })) {
      if (names.length >= limit) break;
      names.push(entry.name);
    }
    return names;
  },
  async lstat(path) {
    try {
      return await lstat(path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    }
  },
};
