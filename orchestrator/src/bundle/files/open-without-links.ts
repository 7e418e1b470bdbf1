/**
 * Opens files and folders so that a link put in their place after the walk is never followed: each name is opened
 * relative to the handle of its folder (through /proc/self/fd, Node has no openat), with O_NOFOLLOW, and fstat must
 * show what lstat had shown. Throws HairemError `conflict` when it is something else by now, `bundle_invalid` when
 * it cannot be read.
 */

import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { HairemError } from '../../domain/errors/errors.ts';
import { fileFault } from './read-error.ts';
import type { WalkedFile, WalkedFolder } from './walked.ts';

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** The bundle folder itself: its parents are the administrator's own and may be links. */
export function openRoot(dir: string, root: WalkedFolder): Promise<FileHandle> {
  return openSame(dir, O_DIRECTORY, root);
}

export function openFolder(parent: FileHandle, folder: WalkedFolder): Promise<FileHandle> {
  return openSame(inside(parent, folder.onDisk), O_DIRECTORY, folder);
}

export async function openFile(parent: FileHandle, file: WalkedFile): Promise<FileHandle> {
  // O_NONBLOCK: a fifo that took the file's place would block open() for ever.
  const handle = await openSame(inside(parent, file.onDisk), O_NONBLOCK, file);
  const now = await statOf(handle, file.path);
  if (now.isFile() && now.size === file.size && now.mtimeMs === file.mtimeMs && now.ctimeMs === file.ctimeMs)
    return handle;
  await handle.close();
  throw changed(file.path);
}

/** A small file that was not walked; null when it is absent, no regular file, larger than `limit` bytes or unreadable. */
export async function readSmallFile(path: string, limit: number): Promise<Buffer | null> {
  let handle: FileHandle;
  try {
    handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile() || stats.size > limit) return null;
    const buffer = Buffer.alloc(stats.size);
    const { bytesRead } = await handle.read(buffer, 0, stats.size, 0);
    return buffer.subarray(0, bytesRead);
  } catch {
    return null;
  } finally {
    await handle.close().catch(() => {});
  }
}

async function openSame(
  path: string,
  flags: number,
  expected: { path: string; dev: number; ino: number },
): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    handle = await open(path, O_RDONLY | O_NOFOLLOW | flags);
  } catch (cause) {
    throw fileFault(expected.path, cause);
  }
  const now = await statOf(handle, expected.path);
  if (now.dev === expected.dev && now.ino === expected.ino) return handle;
  await handle.close();
  throw changed(expected.path);
}

async function statOf(handle: FileHandle, path: string): Promise<Stats> {
  try {
    return await handle.stat();
  } catch (cause) {
    await handle.close().catch(() => {});
    throw fileFault(path, cause);
  }
}

function changed(path: string): HairemError {
  return new HairemError('conflict', `${path} changed while it was read`);
}

const inside = (parent: FileHandle, name: string) => `/proc/self/fd/${parent.fd}/${name}`;
