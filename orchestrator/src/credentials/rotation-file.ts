/** Keeps what is known of a rotation on the data volume: `init` prepares and ends it, the orchestrator carries it out. */
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { HairemError } from '../domain/errors/errors.ts';
import type { RotationStore } from '../domain/rotation.ts';
import { readJson } from '../domain/text/json-text.ts';
import { readIfThere, removeFile, writeWhole } from './private-file.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const rotation = z.object({
  users: z.array(z.object({ user: z.string(), next: hash })),
  expired: z.record(z.string(), z.int().nonnegative()).nullable(),
  done: z.boolean(),
});

export function createRotationFile(dataDir: string): RotationStore & { remove(): Promise<void> } {
  const path = join(dataDir, 'rotation.json');
  return {
    async load() {
      const text = await readIfThere(path);
      if (text === null) return null;
      const parsed = rotation.safeParse(readJson(text));
      if (parsed.success) return parsed.data;
      throw new HairemError('bad_config', `${path} is broken: remove it, and run ./hairem rotate again`);
    },
    save: (known) => writeWhole(path, `${JSON.stringify(known)}\n`),
    remove: () => removeFile(path),
  };
}

/** What is next, beside what it replaces: both count meanwhile. */
export const nextOf = (path: string) => `${path}.next`;

/** What was next is what there is. @returns it; null where there was none. @throws bad_config */
export async function promote(path: string): Promise<string | null> {
  const next = await readIfThere(nextOf(path));
  if (!next) return null;
  try {
    await rename(nextOf(path), path);
  } catch (cause) {
    throw new HairemError('bad_config', `cannot replace ${path}: is the volume full or read-only?`, { cause });
  }
  return next;
}
