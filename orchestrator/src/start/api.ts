/** Puts the API behind its listener. A port that cannot be had is a clear error at boot. */
import hairem from '../../../package.json' with { type: 'json' };
import { buildServer } from '../api/build-server.ts';
import type { ServerDeps } from '../api/deps.ts';
import { HairemError } from '../domain/errors/errors.ts';
import type { Config } from '../process/config.ts';

export interface OpenApi
  extends Pick<ServerDeps, 'token' | 'rotation' | 'registry' | 'control' | 'history' | 'clock' | 'log' | 'status'> {
  config: Config;
}

export async function openApi({ config, ...deps }: OpenApi): Promise<{ address: string; close: () => Promise<void> }> {
  const { host, port, origins, hosts } = config.api;
  const app = buildServer({ ...deps, config: { origins, hosts }, version: hairem.version });
  try {
    const address = await app.listen({ host, port });
    return { address, close: () => app.close() };
  } catch (cause) {
    throw new HairemError('bad_config', `the API cannot listen on ${host}:${port}; is the port in use?`, { cause });
  }
}
