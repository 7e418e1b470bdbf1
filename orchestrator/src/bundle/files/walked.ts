/** What a walk finds: the files and folders of a bundle as the file system shows them, nothing opened. */
import type { Stats } from 'node:fs';

/** Where an entry is, and how it is spelt. */
export interface Named {
  /** In Unicode form NFC, as it will be in the image. */
  name: string;
  /** As the file system spells it. */
  onDisk: string;
  /** Relative to the bundle, of names; empty for the bundle itself. */
  path: string;
}

export interface WalkedFile extends Named {
  size: number;
  dev: number;
  ino: number;
  mtimeMs: number;
  ctimeMs: number;
}

export interface WalkedFolder extends Named {
  dev: number;
  ino: number;
  files: WalkedFile[];
  folders: WalkedFolder[];
}

export const folderFrom = ({ name, onDisk, path }: Named, { dev, ino }: Stats): WalkedFolder => ({
  name,
  onDisk,
  path,
  dev,
  ino,
  files: [],
  folders: [],
});

export function fileFrom({ name, onDisk, path }: Named, { size, dev, ino, mtimeMs, ctimeMs }: Stats): WalkedFile {
  return { name, onDisk, path, size, dev, ino, mtimeMs, ctimeMs };
}

/** @returns what is wrong with what is there, and what to do, or null */
export function kindProblem(stats: Stats): string | null {
  if (stats.isFile() || stats.isDirectory()) return null;
  const instead = stats.isSymbolicLink() ? 'put what it points to in its place' : 'remove it';
  return `is ${kindOf(stats)}; only regular files and folders are accepted: ${instead}`;
}

export function kindOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isFIFO()) return 'a fifo';
  if (stats.isSocket()) return 'a socket';
  if (stats.isBlockDevice() || stats.isCharacterDevice()) return 'a device';
  return stats.isDirectory() ? 'a folder' : 'a file';
}
