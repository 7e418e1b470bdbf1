/** The services as a process: composition root of its own, so that its memory and its crashes never touch the loop. */
import { rm, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { untilAborted } from '../async/until-aborted.ts';
import { createGauge, type Gauge, type Speaker } from '../bus/limits/metered-bus.ts';
import { ASKING } from '../bus/limits/sender-gauge.ts';
import { createRedisBus, type RedisBus } from '../bus/redis-bus.ts';
import { passwordsIn } from '../credentials/password-file.ts';
import { HairemError } from '../domain/errors/errors.ts';
import type { SharedModel } from '../domain/llm/language-model.ts';
import { SERVICES_HEAR, serviceReplies } from '../domain/messages/service-call.ts';
import { createAddressClass } from '../domain/network/ip-address.ts';
import { passwordsOf, proxiesIn } from '../domain/network/proxies.ts';
import type { Log } from '../domain/ports/log.ts';
import { weighCompany } from '../domain/ports/running.ts';
import type { HistoryStore, Ledger } from '../domain/ports/stores.ts';
import { type Config, readConfig } from '../process/config.ts';
import { createLog } from '../process/log.ts';
import { openRunningLog } from '../process/running-log.ts';
import { systemClock as clock } from '../process/system-clock.ts';
import { trustCa } from '../process/trust-ca.ts';
import { surviveFailures } from '../process/uncaught-errors.ts';
import { createRedactor } from '../redact/redactor.ts';
import { limitCallers } from '../rpc/limit-callers.ts';
import type { Service } from '../rpc/operation.ts';
import { createRpcServer, type RpcServer } from '../rpc/server.ts';
import { createHistoryService } from './history-service.ts';
import { createLlmService } from './llm/llm-service.ts';
import { createLlmProvider } from './llm/provider/provider.ts';
import { createMemoryService } from './memory-service.ts';
import { openStores } from './open-stores.ts';
import { createOrchestratorLine, type OrchestratorLine } from './orchestrator-client.ts';
import { createStoreWords } from './store-reports.ts';

/** A connection for each, whose user may do that service's part and no more (bus/core-users.ts). */
const SERVICE_USERS = ['memory', 'llm', 'history'] as const;
type ServiceUser = (typeof SERVICE_USERS)[number];

/** A pattern is compared literally with the ACL's. */
const PATTERNS: Readonly<Record<ServiceUser, readonly string[]>> = {
  memory: ['svc:memory:*'],
  llm: ['svc:llm:*', SERVICES_HEAR],
  history: ['svc:history:orchestrator:1'],
};
const TOO_MUCH =
  'more is asked, or in larger words, than is heard of one agent; it is worth another try a little later';
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
  await trustCa(config.caFile, log);
  const proxies = proxiesIn(process.env);
  redactor.hide(passwordsOf(proxies));
  const lines = await openLines(config, log);
  await sayReady(Object.values(lines), { file: join(config.servicesDir, 'ready'), log });
  const line = createOrchestratorLine({ bus: lines.llm, clock });
  const running = openRunningLog(join(config.servicesDir, 'requests.log'), { weigh: weighCompany });
  const words = createStoreWords({ tell: line.tellStore, running, now: clock.now });
  const stores = await openStores({
    config,
    clock,
    log,
    quotaOf: line.quotaOf,
    onStatus: words.take,
  });
  const { journal, ledger, history } = stores;
  const llm = createLlmService({
    models: createLlmProvider({ clock, timeoutMs: config.llm.timeoutMs, classOf: addressClass(config), proxies }),
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
  const services: Readonly<Record<ServiceUser, Service>> = {
    memory: createMemoryService({ store: stores.memory, embed: llm.vectorOf, clock, log }),
    llm,
    history: createHistoryService({ store: history }),
  };
  const servers = SERVICE_USERS.map((name) => {
    const server = createRpcServer({
      services: [services[name]],
      repliesOf: serviceReplies,
      bus: lines[name],
      journal,
      // History is the orchestrator's own, and nothing in it is run for an agent.
      ...(name === 'history' ? {} : { running: { log: running, onRefused: words.refused } }),
      clock,
      log,
    });
    const take = limitCallers({ server, admits: gaugeOf(name, line, server).admits, why: TOO_MUCH, clock });
    lines[name].onMessage((channel, text) => {
      if (channel === SERVICES_HEAR) line.take(text);
      else take(channel, text);
    });
    return server;
  });
  const forgetting = setInterval(() => {
    for (const server of servers) server.forgetOld();
    for (const one of [journal, ledger]) one.forgetOld().catch((error) => log.debug('old answers stay', { error }));
  }, FORGET_MS);
  const tell = () => {
    sayHow(line, { ledger, shared: config.llm });
    words.say();
  };
  const telling = setInterval(tell, TELL_MS);
  lines.llm.onState((state) => state === 'up' && tell());
  const retaining = retain(history, { days: config.historyDays, log });
  await Promise.all(SERVICE_USERS.map((name) => lines[name].start(stop.signal))).catch((error) => {
    if (!stop.signal.aborted) throw error;
  });
  log.info('the services are up', { services: SERVICE_USERS, store: stores.kind });
  await untilAborted(stop.signal);
  clearInterval(forgetting);
  clearInterval(telling);
  clearInterval(retaining);
  for (const server of servers) server.close();
  for (const name of SERVICE_USERS) lines[name].close();
  await stores.close();
  running.close();
  log.info('the services have stopped');
  process.exit(0); // a server's connection would keep it alive
}

/** Of one service for each speaker; who goes on is ended by the orchestrator, which alone can. */
function gaugeOf(
  service: ServiceUser,
  line: Pick<OrchestratorLine, 'tellOverheard'>,
  server: Pick<RpcServer, 'giveUp'>,
): Gauge {
  const tell = (ends: boolean) => (who: Speaker, what: string) => {
    if (ends) server.giveUp(who.agent);
    line.tellOverheard({ agent: who.agent, inst: who.inst ?? 0, message: `${what}, to ${service}`, ends });
  };
  return createGauge({ clock, budgets: ASKING, onThrottled: tell(false), onFlood: tell(true), onForged: () => {} });
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
async function sayReady(
  lines: readonly Pick<RedisBus, 'onState'>[],
  { file, log }: { file: string; log: Log },
): Promise<void> {
  let noted = rm(file, { force: true });
  await noted;
  const up = new Set<number>();
  for (const [index, line] of lines.entries()) {
    line.onState((state) => {
      if (state === 'up') up.add(index);
      else up.delete(index);
      const isReady = up.size === lines.length;
      // One behind the other: a removal that is overtaken would take the file away again.
      noted = noted
        .then(() => (isReady ? writeFile(file, '') : rm(file, { force: true })))
        .catch((error) => log.warn('the health check will be wrong', { error }));
    });
  }
}

type Lines = Record<ServiceUser, RedisBus>;

async function openLines(config: Config, log: Log): Promise<Lines> {
  const open = async (name: ServiceUser) => {
    const bus = createRedisBus(addressOf(config, name), {
      onError: (message) => log.warn('redis', { user: name, message }),
      onFailure: (failure) => log.error('a listener failed; please report it', { user: name, ...failure }),
      onRival: null,
      patterns: PATTERNS[name],
      sleep: clock.sleep,
    });
    return [name, bus] as const;
  };
  return Object.fromEntries(await Promise.all(SERVICE_USERS.map(open))) as Lines;
}

function addressOf({ redis: { host, port }, servicesDir }: Config, name: ServiceUser) {
  const path = join(servicesDir, 'redis', `${name}.password`);
  const passwords = passwordsIn(path);
  if (passwords().length === 0)
    throw new HairemError('bad_config', `${path} cannot be read; run \`hairem init\` once first`);
  return { host, port, username: name, passwords };
}

function stopOnSignals(): AbortController {
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => stop.abort(new HairemError('cancelled', 'the services process ends')));
  }
  return stop;
}
