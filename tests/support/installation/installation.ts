/**
 * A whole installation for a test: its own Redis container, gate and orchestrator as the real program, its own
 * agents folder, data folder, port and subnets. `stop` removes what it made and nothing else.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiClient, createApiClient } from '../agents/api-client.ts';
import { type BusEar, listenToBus } from '../agents/bus-ear.ts';
import { type AgentsFolder, type BundleFiles, createAgentsFolder } from '../builders/bundles.ts';
import { eventually } from '../eventually.ts';
import { freePort } from '../free-port.ts';
import { engine } from '../host/engine.ts';
import { mountSmallDisk, type SmallDisk } from '../host/small-disk.ts';
import { type ExpectedAgent, type Inventory, strangeIn, takeInventory } from './inventory.ts';
import { connectTo, environmentOf, type Parts, prepareParts } from './parts.ts';
import { type Program, startProgram } from './program.ts';
import type { RedisPlace } from './redis-container.ts';
import { removeEverything } from './remove.ts';
import { sweepDeadRigs } from './sweep.ts';

export interface InstallationOptions {
  agents?: Readonly<Record<string, BundleFiles>>;
  /** Variables of orchestrator and gate beside those that the rig sets. */
  env?: Record<string, string>;
  /** Its data folder is on a disk of its own of this size. */
  dataMegabytes?: number;
}

export interface Installation {
  readonly installId: string;
  readonly token: string;
  readonly dataDir: string;
  /** Where its data folder is, if that was asked for. */
  readonly disk: SmallDisk | null;
  /** Of the network between host and Redis. */
  readonly coreNetwork: string;
  /** The range of its agents' networks. */
  readonly subnet: string;
  /** Holds everything of it that is on disk. */
  readonly root: string;
  /** Variables of gate and orchestrator. */
  readonly env: Readonly<Record<string, string>>;
  readonly agents: AgentsFolder;
  readonly redis: RedisPlace;
  readonly bus: BusEar;
  readonly api: ApiClient;
  orchestrator(): Program;
  /** Starts the orchestrator again, after it has ended. */
  startOrchestrator(env?: Record<string, string>): Promise<void>;
  services(): Program;
  /** The store, which starts with the services. */
  store(): Program;
  /** Starts the store, after it has ended. */
  startStore(): Promise<void>;
  /** Starts the services, and the store where it is not running, for the first time or after they have ended; resolves when they take requests. */
  startServices(): Promise<void>;
  /** Resolves when each of these agents is active, without an update under way. */
  untilActive(ids: readonly string[], deadlineMs?: number): Promise<void>;
  inventory(): Promise<Inventory>;
  /** Resolves when exactly these agents are there, one instance each, and nothing else of ours is. */
  untilNoLeftovers(ids: readonly string[], deadlineMs?: number): Promise<void>;
  logs(): Promise<string>;
  stop(): Promise<void>;
}

export async function startInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const { agents = {}, env = {}, dataMegabytes } = options;
  await sweepDeadRigs();
  const root = await mkdtemp(join(tmpdir(), 'hairem-rig-'));
  const disk = dataMegabytes === undefined ? null : await mountSmallDisk(join(root, 'data'), dataMegabytes);
  const parts = await prepareParts(root);
  const folder = await createAgentsFolder(root);
  for (const [id, files] of Object.entries(agents)) await folder.put(id, files);
  const installation = await assemble({ root, disk, folder, env, parts });
  stopOnSignal(installation);
  try {
    await installation.startOrchestrator();
    return installation;
  } catch (error) {
    console.log(await installation.logs());
    await installation.stop();
    throw error;
  }
}

interface Assembly {
  root: string;
  disk: SmallDisk | null;
  folder: AgentsFolder;
  env: Record<string, string>;
  parts: Parts;
}

async function assemble({ root, disk, folder, env, parts }: Assembly): Promise<Installation> {
  const { installId, redis, dataDir, token } = parts;
  const port = await freePort();
  const variables = { ...environmentOf({ root, agentsDir: folder.dir, parts, port }), ...env };
  const logFile = (name: string) => join(root, `${name}.log`);
  const gate = startProgram({ command: 'gate', env: variables, logFile: logFile('gate') });
  const api = createApiClient(`http://127.0.0.1:${port}`, () => readFileSync(join(dataDir, 'token'), 'utf8').trim());
  const client = connectTo(parts);
  const bus = await listenToBus(connectTo(parts));
  let orchestrator: Program | null = null;
  let services: Program | null = null;
  let store: Program | null = null;
  const current = () => {
    if (!orchestrator) throw new Error('the orchestrator was not started');
    return orchestrator;
  };
  const inventory = () => takeInventory(installId, client);
  const logs = async () => {
    const each = ['gate', 'orchestrator', 'store', 'services'].map(
      async (name) => `--- ${name}\n${await tailOf(logFile(name))}`,
    );
    return (await Promise.all(each)).join('\n');
  };
  const startStore = async () => {
    const began = startProgram({ command: 'store', env: variables, logFile: logFile('store') });
    store = began;
    await untilListening(variables.HAIREM_STORE_SOCKET, began);
  };
  const closeBus = () => {
    client.disconnect();
    bus.close();
  };
  return {
    installId,
    token,
    dataDir,
    disk,
    coreNetwork: parts.network,
    subnet: parts.block.agents,
    root,
    env: variables,
    agents: folder,
    redis,
    bus,
    api,
    orchestrator: current,
    async startOrchestrator(more = {}) {
      await untilListening(variables.HAIREM_GATE_SOCKET, gate);
      const began = startProgram({ command: 'run', env: { ...variables, ...more }, logFile: logFile('orchestrator') });
      orchestrator = began;
      if (more.HAIREM_KILL_AT === undefined) await untilHealthy(api, began);
    },
    services: () => {
      if (!services) throw new Error('the services were not started');
      return services;
    },
    store: () => {
      if (!store) throw new Error('the store was not started');
      return store;
    },
    startStore,
    async startServices() {
      if (store === null || store.ended() !== null) await startStore();
      const before = await linesOf(logFile('services'), UP);
      const began = startProgram({ command: 'services', env: variables, logFile: logFile('services') });
      services = began;
      await eventually('the services are up', async () => {
        if (began.ended() !== null) throw new Error(`the services ended: ${began.ended()}`);
        return (await linesOf(logFile('services'), UP)) > before;
      });
    },
    untilActive: (ids, deadlineMs) => untilActive(api, ids, deadlineMs),
    inventory,
    async untilNoLeftovers(ids, deadlineMs = 60_000) {
      const check = async () => {
        const strange = strangeIn(await inventory(), await expectedOf(api, ids));
        if (strange.length > 0) throw new Error(strange.join('\n'));
        return true;
      };
      await eventually('no leftovers', check, { deadlineMs, intervalMs: 250 });
    },
    logs,
    stop: once(async () => {
      closeBus();
      await services?.stop();
      await store?.stop();
      await orchestrator?.stop();
      await removeEverything(installId);
      await gate.stop();
      await redis.remove();
      await engine('DELETE', `/networks/${parts.network}`, { accept: [404] });
      await disk?.remove();
      await rm(root, { recursive: true, force: true });
    }),
  };
}

async function expectedOf(api: ApiClient, ids: readonly string[]): Promise<ExpectedAgent[]> {
  const records = await api.agents();
  return ids.map((id) => {
    const { running, desired } = records.find((record) => record.id === id)?.bundle ?? {};
    return { id, images: running === desired ? 2 : 3 };
  });
}

const UP = 'the services are up';

async function linesOf(file: string, text: string): Promise<number> {
  const log = await readFile(file, 'utf8').catch(() => '');
  return log.split('\n').filter((line) => line.includes(text)).length;
}

async function untilListening(socket: string, program: Program): Promise<void> {
  const check = async () => {
    if (program.ended() !== null) throw new Error(`it ended: ${program.ended()}`);
    return (await stat(socket)).isSocket();
  };
  await eventually(`${socket} is listened on`, check);
}

async function untilHealthy(api: ApiClient, orchestrator: Program): Promise<void> {
  await eventually('the API answers', async () => {
    if (orchestrator.ended() !== null) return true;
    return (await api.call('GET', '/healthz', { token: null })).status === 200;
  });
  if (orchestrator.ended() !== null) throw new Error(`the orchestrator ended: ${orchestrator.ended()}`);
}

async function untilActive(api: ApiClient, ids: readonly string[], deadlineMs = 120_000): Promise<void> {
  const check = async () => {
    const records = await api.agents();
    const waiting = ids.filter((id) => {
      const record = records.find((one) => one.id === id);
      return record?.status !== 'active' || !record.active || record.last_update?.result === 'running';
    });
    if (waiting.length > 0)
      throw new Error(waiting.map((id) => `${id}: ${about(records.find((r) => r.id === id))}`).join('\n'));
    return true;
  };
  await eventually(`active: ${ids.join(' ')}`, check, { deadlineMs, intervalMs: 100 });
}

const about = (record: unknown) => JSON.stringify(record ?? 'no record');

const LOG_LINES = 150;

async function tailOf(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').slice(-LOG_LINES).join('\n');
}

/** A second call waits for the first. */
function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  return () => {
    running ??= run();
    return running;
  };
}

/** A test process that is told to end still removes what it made. */
function stopOnSignal(installation: Installation): void {
  const end = () => void installation.stop().finally(() => process.exit(1));
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
}
