/** Keeps what a person has accepted as one JSON file, replaced atomically. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import type { TrustStore } from '../domain/ports/ports.ts';
import { parseJson } from '../domain/text/json-text.ts';

const rights = z.object({
  egress: z.enum(['none', 'internet']),
  storage: z.boolean(),
  memory: z.number(),
  cpus: z.number(),
  pids: z.number(),
  topics: z.array(z.string()).nullable(),
  secrets: z.array(z.string()),
  model: z.string().nullable(),
});
const accepted = z.object({ rights, hash: z.string(), folder: z.string().nullable(), gone: z.boolean() });
const state = z.object({ agents: z.record(z.string(), accepted), names: z.record(z.string(), z.string()) });

/** @param onBroken told of a file that cannot be read; it counts as absent */
export function createTrustFile(path: string, onBroken: (error: unknown) => void): TrustStore {
  let writing = Promise.resolve();
  return {
    async load() {
      const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') onBroken(error);
        return null;
      });
      if (text === null) return null;
      try {
        return state.parse(parseJson(text));
      } catch (error) {
        onBroken(error);
        return null;
      }
    },
    save(fresh) {
      const text = JSON.stringify(fresh);
      const write = writing.then(() => replace(path, text));
      writing = write.catch(() => {});
      return write;
    },
  };
}

async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600, flush: true });
  await rename(`${path}.new`, path);
}
