/** Which installation this gate is of, from a volume that `init` alone can write. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HairemError } from '../domain/errors/errors.ts';

/** @throws bad_config where `init` has not run */
export async function readInstallId(identityDir: string): Promise<string> {
  const path = join(identityDir, 'install-id');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new HairemError('bad_config', `${path} cannot be read; run \`hairem init\` once first`, { cause });
  });
  const id = text.trim();
  if (!/^[a-z0-9]{1,32}$/.test(id)) throw new HairemError('bad_config', `${path} holds no id of an installation`);
  return id;
}
