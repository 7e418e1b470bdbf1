/** Room on the disk of a folder. */
import { statfs } from 'node:fs/promises';

/** Bytes that this process may still write there. */
export async function freeBytes(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}
