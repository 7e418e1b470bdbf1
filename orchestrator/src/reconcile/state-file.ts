/** Keeps what labels and folder cannot tell, as one JSON file per agent, replaced atomically. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAgentId } from '../domain/agent.ts';
import type { StateStore, StoredState } from '../domain/ports/ports.ts';
import { NEW_STORED_AGENT, type StoredAgent } from '../domain/stored-agent.ts';
import { DEEPEST_CARRIED, parseJson } from '../domain/text/json-text.ts';

/** @param dir made when missing; a file that cannot be read counts as absent and is reported */
export function createStateFile(dir: string, onBroken: (file: string, error: unknown) => void): StateStore {
  const pending = new Map<string, Promise<void>>(); // writes of one agent come one after another
  return {
    async load() {
      await mkdir(dir, { recursive: true });
      const state: Record<string, StoredAgent> = {};
      for (const file of await readdir(dir)) {
        const agent = file.replace(/\.json$/, '');
        if (!file.endsWith('.json') || !isAgentId(agent)) continue;
        try {
          state[agent] = {
            ...NEW_STORED_AGENT,
            ...(parseJson(await readFile(join(dir, file), 'utf8'), DEEPEST_CARRIED) as Partial<StoredAgent>),
          };
        } catch (error) {
          onBroken(file, error);
        }
      }
      return state as StoredState;
    },
    save(agent, stored) {
      const path = join(dir, `${agent}.json`);
      const text = stored && JSON.stringify(stored);
      const write = (pending.get(agent) ?? Promise.resolve()).then(() => replaceFile(path, text));
      const settled = write.catch(() => {});
      pending.set(agent, settled);
      return write;
    },
  };
}

async function replaceFile(path: string, text: string | null): Promise<void> {
  if (text === null) return rm(path, { force: true });
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
