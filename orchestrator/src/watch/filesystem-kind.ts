/** Which kind of file system a folder is on: inotify hears nothing of changes made on the far side of a network. */
import { statfs } from 'node:fs/promises';

/** Magic numbers of statfs(2). */
const REMOTE: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0x517b, 'SMB'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9p'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x786f4256, 'vboxsf'],
]);

/** @returns the name of the remote file system that holds `dir`; null for a local one, or where it cannot be told. */
export async function remoteFilesystem(dir: string): Promise<string | null> {
  try {
    const { type } = await statfs(dir);
    return remoteFilesystemName(type);
  } catch {
    return null;
  }
}

/** Some libcs give the magic number as a signed 32-bit integer. */
export function remoteFilesystemName(type: number): string | null {
  return REMOTE.get(type >>> 0) ?? null;
}
