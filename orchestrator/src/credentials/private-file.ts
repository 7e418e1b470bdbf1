/** Small files of our own volumes that hold secrets: 0600, read trimmed, written whole or not at all. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HairemError } from '../domain/errors/errors.ts';

/** @returns the text without the blanks around it; null where there is no such file. @throws bad_config */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new HairemError('bad_config', `cannot read ${path}: the volume must belong to uid ${uid()}`, { cause });
  }
}

/** For what another uid without capabilities reads, as the gate. */
export const READABLE = { folder: 0o755, file: 0o644 };
const PRIVATE = { folder: 0o700, file: 0o600 };

/** A secret cut in half by a power failure would be kept for good. @throws bad_config */
export async function writeWhole(path: string, text: string, mode = PRIVATE): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: mode.folder });
    await writeFile(`${path}.new`, text, { mode: mode.file, flush: true });
    await rename(`${path}.new`, path);
  } catch (cause) {
    throw new HairemError('bad_config', `cannot write ${path}: the volume must belong to uid ${uid()}`, { cause });
  }
}

/** Absent is fine. */
export const removeFile = (path: string): Promise<void> => rm(path, { force: true });

const uid = () => process.getuid?.() ?? 'of this process';
