/** The control key on the data volume (BUS.md, Seal), the one before it while it is rotated, and how many lives it had. */
import { join } from 'node:path';
import { readIfThere, removeFile, writeWhole } from '../credentials/private-file.ts';
import { HairemError } from '../domain/errors/errors.ts';
import { type ControlKeys, nextLife } from './control-seal.ts';

export interface ControlKeyFiles {
  /** @throws bad_config where `init` has made none */
  read(): Promise<ControlKeys>;
  /** Kept before it is used, so that a crash leaves both known. */
  write(keys: ControlKeys): Promise<void>;
  /** @param onUnkept told where the volume takes no file: the clock alone then keeps serials growing */
  nextLife(onUnkept: (error: unknown) => void): Promise<number>;
}

export function controlKeyFiles(dataDir: string): ControlKeyFiles {
  const at = (name: string) => join(dataDir, name);
  return {
    async read() {
      const current = await readIfThere(at('control-key'));
      if (!current)
        throw new HairemError('bad_config', `${at('control-key')} is not there; run \`hairem init\` once first`);
      return { current, former: await readIfThere(at('control-key.former')) };
    },
    async write({ current, former }) {
      if (former === null) await removeFile(at('control-key.former'));
      else await writeWhole(at('control-key.former'), `${former}\n`);
      await writeWhole(at('control-key'), `${current}\n`);
    },
    async nextLife(onUnkept) {
      const before = Number(await readIfThere(at('control-life'))) || 0;
      const life = nextLife(before, Date.now());
      await writeWhole(at('control-life'), `${life}\n`).catch(onUnkept);
      return life;
    },
  };
}
