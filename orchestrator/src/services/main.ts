/** The services as a process: composition root of its own, so that its memory and its crashes never touch the loop. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { createLlmProvider } from '../adapters/llm-provider.ts';
import { createLog } from '../adapters/log.ts';
import { createRedisBus, type RedisBus } from '../adapters/redis-bus.ts';
import { createSurrealHistory } from '../adapters/surreal-history.ts';
import { createSurrealJournal } from '../adapters/surreal-journal.ts';
import { createSurrealLedger } from '../adapters/surreal-ledger.ts';
import { createSurrealMemory } from '../adapters/surreal-memory.ts';
import { createPrepare } from '../adapters/surreal-schema.ts';
import { createSurrealStore, type SurrealStore } from '../adapters/surreal-store.ts';
import { systemClock as clock } from '../adapters/system-clock.ts';
import { type Config, readConfig } from '../config.ts';
import { HairemError } from '../domain/errors.ts';
import { createAddressClass } from '../domain/ip-address.ts';
import type { SharedModel } from '../domain/language-model.ts';
import type { Log } from '../domain/log.ts';
import { SERVICES_HEAR } from '../domain/service-call.ts';
import type { HistoryStore, Ledger } from '../domain/stores.ts';
import { untilAborted } from '../domain/until-aborted.ts';
import { createRedactor } from '../redact/redactor.ts';
import { surviveFailures } from '../survive.ts';
import { createOrchestratorLine, type OrchestratorLine } from './crew/orchestrator-line.ts';
import { createHistoryService } from './history/history-service.ts';
import { createLlmService } from './llm/llm-service.ts';
import { createMemoryService } from './memory/memory-service.ts';
import type { Service } from './operation.ts';
import { serve } from './serve.ts';

/** A pattern is compared literally with the ACL's, in `init.ts`. */
const PATTERNS = ['svc:memory:*', 'svc:llm:*', 'svc:history:*', SERVICES_HEAR];
const QUERY_SECONDS = 30;
const FORGET_MS = 10_000;
/** The orchestrator may have been away when it was said; and it takes us for away after three times without. */
const TELL_MS = 10_000;
const RETAIN_MS = 10 * 60_000;
const DAY_MS = 24 * 3_600_000;
const MOST_HISTORY = { most: 100_000, mostAmongAgents: 50_000 };

/** Runs until SIGTERM or SIGINT. Errors: bad_config, also for a state that a newer hAIrem wrote. */
export async function runServices(): Promise<void> {
  const config = readConfig(process.env);
  const redactor = createRedactor();
  const log = createLog({ level: config.logLevel, redact: redactor.text });
  redactor.hide([config.llm.apiKey ?? '']);
  surviveFailures(log);
  const stop = stopOnSignals();
  const bus = createRedisBus(await addressOf(config), {
    onError: (message) => log.warn('redis', { message }),
    onFailure: (failure) => log.error('a listener failed; please report it', { ...failure }),
    onRival: null,
    patterns: PATTERNS,
    sleep: clock.sleep,
  });
  await sayReady(bus, { file: join(config.servicesDir, 'ready'), log });
  const store = openStore(config);
  await tryStore(store, log);
  const journal = createSurrealJournal(store);
  const line = createOrchestratorLine({ bus, clock });
  const ledger = createSurrealLedger(store);
  const history = createSurrealHistory(store);
  const llm = createLlmService({
    models: createLlmProvider({ clock, timeoutMs: config.llm.timeoutMs, classOf: addressClass(config) }),
    system: config.llm,
    async ownOf(agent, inst) {
      const own = await line.modelOf(agent, inst);
      redactor.hide([own.api_key ?? '']);
      return own;
    },
    ledger,
    limits: config.llm.limits,
    now: () => new Date(),
    onUsage: (agent, usage) => line.tellUsage({ [agent]: usage }),
    atOnce: config.llm.concurrency,
    log,
  });
  const services: readonly Service[] = [
    createMemoryService({ store: createSurrealMemory(store), embed: llm.vectorOf, clock, log }),
    createHistoryService({ store: history }),
    llm,
  ];
  const server = serve({ services, bus, journal, clock, log });
  bus.onMessage((channel, text) => {
    if (channel === SERVICES_HEAR) line.take(text);
    else if (channel.startsWith('svc:')) server.take(channel, text);
  });
  const forgetting = setInterval(() => {
    server.forgetOld();
    for (const one of [journal, ledger]) one.forgetOld().catch((error) => log.debug('old answers stay', { error }));
  }, FORGET_MS);
  const tell = () => sayHow(line, { ledger, shared: config.llm });
  const telling = setInterval(tell, TELL_MS);
  bus.onState((state) => state === 'up' && tell());
  const retaining = retain(history, { days: config.historyDays, log });
  await bus.start(stop.signal).catch((error) => {
    if (!stop.signal.aborted) throw error;
  });
  log.info('the services are up', { services: services.map(({ name }) => name), store: placeOf(config).kind });
  await untilAborted(stop.signal);
  clearInterval(forgetting);
  clearInterval(telling);
  clearInterval(retaining);
  server.close();
  bus.close();
  await store.close();
  log.info('the services have stopped');
  process.exit(0); // the embedded engine's threads would keep it alive
}

/** The networks that this container is in are hAIrem's own: Redis, the orchestrator and the gateway are there. */
function addressClass({ subnet }: Config) {
  const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return createAddressClass([subnet, ...interfaces.flatMap(({ cidr }) => cidr ?? [])]);
}

function retain(history: HistoryStore, { days, log }: { days: number; log: Log }): NodeJS.Timeout {
  return setInterval(() => {
    const before = new Date(Date.now() - days * DAY_MS).toISOString();
    history.forget({ before, ...MOST_HISTORY }).catch((error) => log.debug('old history stays', { error }));
  }, RETAIN_MS);
}

/** That we are there, whatever the store says; and totals, so that what was not heard once is heard the next time. */
function sayHow(line: OrchestratorLine, { ledger, shared }: { ledger: Ledger; shared: SharedModel }): void {
  line.sayHere(shared);
  ledger.totals().then(
    (totals) => totals.size > 0 && line.tellUsage(Object.fromEntries(totals)),
    () => {}, // the store is away, and it has been said
  );
}

/** For compose's health check: a file that is there while requests are taken. */
async function sayReady(bus: Pick<RedisBus, 'onState'>, { file, log }: { file: string; log: Log }): Promise<void> {
  await rm(file, { force: true });
  bus.onState((state) => {
    const noted = state === 'up' ? writeFile(file, '') : rm(file, { force: true });
    noted.catch((error) => log.warn('the health check will be wrong', { error }));
  });
}

function openStore(config: Config): SurrealStore {
  const prepare = createPrepare(() => store.own());
  const store: SurrealStore = createSurrealStore({
    place: placeOf(config),
    querySeconds: QUERY_SECONDS,
    prepare,
    clock,
  });
  return store;
}

function placeOf({ surreal: { url, user, namespace }, servicesDir }: Config) {
  if (url === null) return { kind: 'disk', folder: join(servicesDir, 'surrealdb') } as const;
  return { kind: 'server', url, user, namespace } as const;
}

/** A store that is away is waited for by each request; one that is newer than we are must not be touched. */
async function tryStore(store: SurrealStore, log: Log): Promise<void> {
  try {
    await store.own();
  } catch (error) {
    if (error instanceof HairemError && error.code === 'bad_config') throw error;
    log.warn('there is no memory until the store answers', { error });
  }
}

async function addressOf({ redis: { host, port }, servicesDir }: Config) {
  const path = join(servicesDir, 'redis.password');
  try {
    return { host, port, username: 'services', password: (await readFile(path, 'utf8')).trim() };
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
