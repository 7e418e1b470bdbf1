/** The process of one instance: reads its environment, wires the runtime, ends in order on SIGTERM. */
import { flushCompileCache } from 'node:module';
import { causes } from './runtime/cause.ts';
import { systemClock } from './runtime/clock.ts';
import { readEnvironment } from './runtime/environment.ts';
import { Instance } from './runtime/instance.ts';
import { createLog } from './runtime/log.ts';

/** Within the ten seconds that engines leave before they kill. */
const SIGTERM_SECONDS = 8;

// While the image is built: everything is loaded by now, this file too; index.ts is what bundles import.
if (process.env.HAIREM_WARM) {
  await import('./index.ts');
  flushCompileCache();
  process.exit(0);
}

const { agent, inst, connection, seal } = readEnvironment(process.env);
const log = createLog({ about: { agent, inst }, timestamp: systemClock.timestamp });
const exit = (code: number) => process.exit(code);
const instance = new Instance({ agent, inst, connection, seal, folder: process.cwd(), clock: systemClock, log, exit });

/** One failing handler or task never ends the agent, also where it forgot to await. */
function onUncaught(error: unknown): void {
  if (causes.getStore()) log.error('a handler or task left an error that nobody caught', { error });
  else instance.crash(error);
}

process.on('uncaughtException', onUncaught);
process.on('unhandledRejection', onUncaught);
process.on('SIGTERM', () => instance.stop(SIGTERM_SECONDS));
process.on('SIGINT', () => instance.stop(SIGTERM_SECONDS));
await instance.begin();
