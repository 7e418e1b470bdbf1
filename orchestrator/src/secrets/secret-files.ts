/** The folder of secret files, usually /run/secrets: one value a file, read again at every look. */
import { constants, open, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';

export type SecretFile = { value: string } | { problem: string };

const MOST_FILES = 1000;
const MOST_BYTES = 64 * 1024;

export interface SecretFolder {
  files: ReadonlyMap<string, SecretFile>;
  /** Why none could be read; null also where there is no folder, which is the same as an empty one. */
  problem: string | null;
}

/** By file name; what cannot be read is told with its reason. */
export async function readSecretFiles(dir: string): Promise<SecretFolder> {
  const files = new Map<string, SecretFile>();
  const root = await realpath(dir).catch(() => dir);
  const names = await readdir(dir).catch((error: unknown) => error);
  if (!Array.isArray(names)) {
    const isAbsent = names instanceof Error && 'code' in names && names.code === 'ENOENT';
    return { files, problem: isAbsent ? null : `the folder ${reasonOf(names)}` };
  }
  for (const name of names.sort().slice(0, MOST_FILES)) {
    if (name.startsWith('.')) continue;
    const file = await readOne(root, name);
    if (file) files.set(name, file);
  }
  return { files, problem: null };
}

/** A link is followed within the folder only: that is how some engines change all secrets at once. */
async function readOne(root: string, name: string): Promise<SecretFile | null> {
  try {
    const path = await realpath(join(root, name));
    if (!path.startsWith(`${root}/`)) return { problem: 'is a link that leads out of the folder' };
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = await file.stat();
      if (stats.isDirectory()) return null;
      if (!stats.isFile()) return { problem: 'is no regular file' };
      if (stats.size > MOST_BYTES) return { problem: `is larger than ${MOST_BYTES / 1024} KB` };
      return secretIn(await file.readFile());
    } finally {
      await file.close();
    }
  } catch (error) {
    return { problem: reasonOf(error) };
  }
}

/** The line feed that an editor or `echo` puts at the end is not part of the value. */
function secretIn(bytes: Buffer): SecretFile {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const value = text.replace(/\r?\n$/, '');
    return value === '' ? { problem: 'is empty' } : { value };
  } catch {
    return { problem: 'is not UTF-8 text' };
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'EACCES' || code === 'EPERM') return `cannot be read by uid ${process.getuid?.() ?? 'unknown'}`;
  return `cannot be read (${code || 'unknown error'})`;
}
