/** The services as a process: composition root of its own, so that its memory and its crashes never touch the loop. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLog } from '../adapters/log.ts';
import { createRedisBus } from '../adapters/redis-bus.ts';
import { systemClock as clock } from '../adapters/system-clock.ts';
import { readConfig } from '../config.ts';
import { HairemError } from '../domain/errors.ts';
import { noJournal } from './journal.ts';
import type { Service } from './operation.ts';
import { serve } from './serve.ts';

/** A pattern is compared literally with the ACL's, in `init.ts`. */
const PATTERNS = ['svc:memory:*', 'svc:llm:*', 'svc:history:*', 'agent:*', 'broadcast:*'];
const FORGET_MS = 10_000;

/** Runs until SIGTERM or SIGINT. Errors: bad_config. */
export async function runServices(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog({ level: config.logLevel });
  const { host, port } = config.redis;
  const password = await readPassword(config.servicesDir);
  const bus = createRedisBus(
    { host, port, username: 'services', password },
    (message) => log.warn('redis', { message }),
    PATTERNS,
  );
  const services: readonly Service[] = [];
  const server = serve({ services, bus, journal: noJournal, clock, log });
  bus.onMessage((channel, text) => {
    if (channel.startsWith('svc:')) server.take(channel, text);
  });
  const forgetting = setInterval(() => server.forgetOld(), FORGET_MS);
  const stop = stopOnSignals();
  await bus.start(stop.signal).catch((error) => {
    if (!stop.signal.aborted) throw error;
  });
  log.info('the services are up', { services: services.map(({ name }) => name) });
  await untilAborted(stop.signal);
  clearInterval(forgetting);
  server.close();
  bus.close();
  log.info('the services have stopped');
}

/** What `init` made before. */
async function readPassword(folder: string): Promise<string> {
  const path = join(folder, 'redis.password');
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    throw new HairemError('bad_config', `${path} cannot be read; run \`hairem init\` once first`, { cause });
  }
}

function stopOnSignals(): AbortController {
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => stop.abort(new HairemError('cancelled', 'the services process ends')));
  }
  return stop;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
