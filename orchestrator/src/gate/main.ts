/** The gate as a process: its settings, its log and its end. The only one with the engine's socket in its file system. */

import { proxiesIn } from '../domain/network/proxies.ts';
import { readBaseImages } from '../images/base-image.ts';
import { readConfig } from '../process/config.ts';
import { createLog } from '../process/log.ts';
import { trustCa } from '../process/trust-ca.ts';
import { surviveFailures } from '../process/uncaught-errors.ts';
import { runGate } from './gate.ts';
import { readInstallId } from './install-id.ts';

/** Runs until SIGTERM or SIGINT. Errors: bad_config, or the system's where the socket cannot be made. */
export async function runGateProcess(): Promise<void> {
  const { gateSocket, dockerSocket, logLevel, ...config } = readConfig(process.env);
  const { container } = config.redis;
  const log = createLog({ level: logLevel });
  surviveFailures(log);
  const ca = await trustCa(config.caFile, log);
  const gate = await runGate({
    listen: gateSocket,
    upstream: dockerSocket,
    scope: {
      installId: await readInstallId(config.identityDir),
      redis: container ? { container } : { project: config.composeProject, service: 'redis' },
      subnet: config.subnet,
    },
    bases: await readBaseImages(config.baseImageDir),
    ways: { ca: ca.files, proxies: proxiesIn(process.env) },
    onRefused: (call) => log.warn('a call was refused', { call }),
  });
  log.info('the gate is up', { socket: gateSocket });
  await untilToldToEnd();
  await gate.close();
}

function untilToldToEnd(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}
