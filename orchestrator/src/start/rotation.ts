/** What a rotation changes outside of the loop: the control key and the seal with it, the API's token, and its own file. */

import type { ChangeableToken } from '../api/access-token.ts';
import { controlKeyFiles } from '../bus/control-keys.ts';
import { type ControlSeal, newControlKey } from '../bus/control-seal.ts';
import type { RedisBus } from '../bus/redis-bus.ts';
import { passwordsIn } from '../credentials/password-file.ts';
import { createRotationFile, promote } from '../credentials/rotation-file.ts';
import type { Config } from '../process/config.ts';
import type { RotationPorts } from '../reconcile/commands/rotate.ts';
import type { Redactor } from '../redact/redactor.ts';

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
