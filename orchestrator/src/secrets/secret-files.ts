/**
 * The folder of secret files, usually /run/secrets: one value a file, read again at every look. What lies in a folder
 * that is called as an agent is that agent's; what lies beside it is somebody's by its name (secret-names.ts).
 */

import { constants, open, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { type AgentId, isAgentId } from '../domain/agent.ts';
import { codesIn } from '../domain/errors/error-codes.ts';
import { isError } from '../domain/errors/error-text.ts';
import { readText, withoutLineEnds } from '../domain/text/read-text.ts';
import { isSecretName } from './secret-names.ts';

export type SecretFile = { value: string } | { problem: string };

const MOST_FILES = 1000;
const MOST_FOLDERS = 200;
const MOST_BYTES = 64 * 1024;

export interface SecretFolder {
  files: ReadonlyMap<string, SecretFile>;
  /** Files in folders that are called as an agent, by their names. */
  own: ReadonlyMap<AgentId, ReadonlyMap<string, SecretFile>>;
  /** Why none could be read; null also where there is no folder, which is the same as an empty one. */
  problem: string | null;
}

/** By file name; what cannot be read is told with its reason. */
export async function readSecretFiles(dir: string): Promise<SecretFolder> {
  const entries = await readdir(dir, { withFileTypes: true }).catch((error: unknown) => error);
  if (!Array.isArray(entries)) {
    const isAbsent = isError(entries) && codesIn(entries)[0] === 'ENOENT';
    return { files: new Map(), own: new Map(), problem: isAbsent ? null : `the folder ${reasonOf(entries)}` };
  }
  const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  const folders = entries.filter((entry) => entry.isDirectory() && isAgentId(entry.name)).map(({ name }) => name);
  const own = new Map<AgentId, ReadonlyMap<string, SecretFile>>();
  for (const id of folders.sort().slice(0, MOST_FOLDERS)) own.set(id, await readOwn(join(dir, id)));
  return { files: await readAll(dir, names), own, problem: null };
}

async function readOwn(dir: string): Promise<Map<string, SecretFile>> {
  const names = await readdir(dir).catch(() => []);
  return readAll(dir, names.filter(isSecretName));
}

async function readAll(dir: string, names: readonly string[]): Promise<Map<string, SecretFile>> {
  const files = new Map<string, SecretFile>();
  const root = await realpath(dir).catch(() => dir);
  for (const name of [...names].sort().slice(0, MOST_FILES)) {
    if (name.startsWith('.')) continue;
    const file = await readOne(root, name);
    if (file) files.set(name, file);
  }
  return files;
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

/** What an editor or `echo` puts around it, a byte order mark and ends of lines, is not part of the value. */
function secretIn(bytes: Buffer): SecretFile {
  const reading = readText(bytes);
  if ('problem' in reading) return { problem: reading.problem };
  const value = withoutLineEnds(reading.text);
  return value === '' ? { problem: 'is empty' } : { value };
}

function reasonOf(error: unknown): string {
  const code = codesIn(error)[0] ?? '';
  if (code === 'EACCES' || code === 'EPERM') return `cannot be read by uid ${process.getuid?.() ?? 'unknown'}`;
  return `cannot be read (${code || 'unknown error'})`;
}
