/** Opens what lies on the data volume: who this installation is, its control key, and what a person has accepted. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { controlKeyFiles } from '../bus/control-keys.ts';
import { type ControlSeal, createControlSeal } from '../bus/control-seal.ts';
import { HairemError } from '../domain/errors/errors.ts';
import type { Log } from '../domain/ports/log.ts';
import type { StateStore } from '../domain/ports/ports.ts';
import type { Config } from '../process/config.ts';
import { createTrustBook } from '../trust/trust-book.ts';
import { createTrustFile } from '../trust/trust-file.ts';

/** What `init` made before; the password of the bus must be there, and is read anew for each connection. */
export async function readIdentity(config: Config) {
  const read = async (path: string) => {
    try {
      return (await readFile(path, 'utf8')).trim();
    } catch (cause) {
      throw new HairemError('bad_config', `${path} cannot be read; run \`hairem init\` once first`, { cause });
    }
  };
  await read(config.redis.passwordFile);
  return {
    installId: await read(join(config.dataDir, 'install-id')),
    token: await read(config.api.tokenFile),
    secretsKey: await read(join(config.dataDir, 'secrets-key')),
  };
}

/** Each life has higher serials than the one before it, so that no word of that one counts again. */
export async function openSeal({ dataDir }: Config, log: Log): Promise<ControlSeal> {
  const files = controlKeyFiles(dataDir);
  const life = await files.nextLife((error) => log.warn('this life of the control key is not kept', { error }));
  return createControlSeal(await files.read(), life);
}

export async function openTrust(config: Config, { store, log }: { store: StateStore; log: Log }) {
  const file = createTrustFile(join(config.dataDir, 'trust.json'), (error) =>
    log.error('trust.json is broken: what runs now counts as accepted', { error }),
  );
  return createTrustBook({
    kept: await file.load(),
    stored: await store.load(),
    trustAll: config.trustAll,
    save: (state) => file.save(state).catch((error) => log.error('saving what was accepted', { error })),
  });
}
