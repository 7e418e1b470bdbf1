/** What a rotation changes outside of the loop: the control key and the seal with it, the API's token, and its own file. */
import { controlKeyFiles } from './adapters/control-key-files.ts';
import { type ControlSeal, newControlKey } from './adapters/control-seal.ts';
import { passwordsIn } from './adapters/password-file.ts';
import type { RedisBus } from './adapters/redis-bus.ts';
import { createRotationFile, promote } from './adapters/rotation-file.ts';
import type { ChangeableToken } from './api/access-token.ts';
import type { Config } from './config.ts';
import type { RotationPorts } from './loop/rotate.ts';
import type { Redactor } from './redact/redactor.ts';

interface Parts {
  config: Config;
  seal: ControlSeal;
  token: ChangeableToken;
  redactor: Pick<Redactor, 'hide'>;
  /** The connections of this process to Redis. */
  open: ReadonlySet<Pick<RedisBus, 'connection'>>;
}

export function rotationPorts({ config, seal, token, redactor, open }: Parts): RotationPorts {
  const files = controlKeyFiles(config.dataDir);
  return {
    store: createRotationFile(config.dataDir),
    ownConnections: () => [...open].map((bus) => bus.connection()).filter((id) => id !== null),
    keys: {
      async renew() {
        const known = await files.read();
        // Killed between the two files, both hold the key of before.
        const isRenewed = known.former !== null && known.former !== known.current;
        const keys = isRenewed ? known : { current: newControlKey(), former: known.current };
        if (!isRenewed) await files.write(keys);
        seal.use(keys);
      },
      async dropFormer() {
        const keys = { current: (await files.read()).current, former: null };
        await files.write(keys);
        seal.use(keys);
      },
    },
    async changeToken() {
      const next = await promote(config.api.tokenFile);
      if (next === null) return;
      redactor.hide([next, ...passwordsIn(config.redis.passwordFile)()]);
      token.change(next);
    },
  };
}
