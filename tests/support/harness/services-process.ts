/** The services and their store as compose starts them, beside a test's own Redis: a real process, killed and started by the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Redis } from 'ioredis';
import { CORE_USERS, usersAcl } from '../../../orchestrator/src/bus/core-users.ts';
import { DEFAULT_GRANT } from '../../../orchestrator/src/domain/grants.ts';
import { NO_MODEL_RIGHTS } from '../../../orchestrator/src/domain/llm/language-model.ts';
import { orchestratorReplies } from '../../../orchestrator/src/domain/messages/service-call.ts';
import { systemClock } from '../../../orchestrator/src/process/system-clock.ts';
import { createCrewService } from '../../../orchestrator/src/reconcile/services/settings-service.ts';
import { createRpcServer } from '../../../orchestrator/src/rpc/server.ts';
import { childrenOf, killAll } from '../host/children.ts';
import { newPassword } from '../servers/redis-server.ts';

export interface ServicesProcess {
  folder: string;
  /** Of its present life. */
  pid(): number;
  storePid(): number;
  /** Its log lines, of all its lives, and what it says of those that ask for too much. */
  lines: string[];
  /** Resolves when it takes requests. */
  start(): Promise<void>;
  /** SIGKILL, to the store, too; resolves when both are gone, with the processes of databases. */
  kill(): Promise<void>;
  /** SIGKILL to the services alone. */
  killServices(): Promise<void>;
  /** SIGKILL to the store alone. */
  killStore(): Promise<void>;
  /** After it was killed; resolves when it listens. */
  startStore(): Promise<void>;
  /** Kills it and removes what it kept. */
  remove(): Promise<void>;
}

/** As in the image: without it each start strips the types of what it loads, for half a second. */
const CACHE = join(tmpdir(), 'hairem-test-compile-cache');
const CLI = fileURLToPath(new URL('../../../orchestrator/src/cli/main.ts', import.meta.url));

export async function prepareServices(
  redis: Redis,
  port: number,
  env: Record<string, string> = {},
  storeEnv: Record<string, string> = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'hairem-services-'));
  const password = newPassword();
  await mkdir(join(folder, 'redis'), { recursive: true });
  for (const user of SERVICE_USERS) await writeFile(join(folder, 'redis', `${user}.password`), password);
  await grant(redis, password);
  const lines: string[] = [];
  const orchestrator = await playOrchestrator(redis, lines);
  const socket = join(folder, 'store.sock');
  let child: ChildProcess | null = null;
  let store: ChildProcess | null = null;

  const begin = (command: 'store' | 'services', variables: Record<string, string>) =>
    spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CLI, command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: CACHE, HAIREM_STORE_SOCKET: socket, ...variables },
    });
  const killServices = () => killed(child);
  const killStore = () => killed(store);
  const kill = async () => void (await Promise.all([killServices(), killStore()]));
  const startStore = async () => {
    store = begin('store', { ...storeEnv, HAIREM_STORE_DIR: folder });
    await untilSaid(store, 'the store is up', lines);
  };
  const own: ServicesProcess = {
    folder,
    lines,
    pid: () => child?.pid ?? 0,
    storePid: () => store?.pid ?? 0,
    async start() {
      const storeIsUp = isRunning(store) ? Promise.resolve() : startStore(); // at the same time, as compose does
      const redis = { HAIREM_REDIS_HOST: '127.0.0.1', HAIREM_REDIS_PORT: String(port) };
      child = begin('services', { ...env, ...redis, HAIREM_SERVICES_DIR: folder });
      await Promise.all([storeIsUp, untilSaid(child, 'the services are up', lines)]);
    },
    kill,
    killServices,
    killStore,
    startStore,
    async remove() {
      await kill();
      orchestrator.disconnect();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return own;
}

/** What the services ask of the orchestrator: no agent here has a language model. */
async function playOrchestrator(redis: Redis, lines: string[]): Promise<Redis> {
  const ears = redis.duplicate();
  ears.on('error', () => {});
  const own = { llm_config: {}, api_key: null, ...NO_MODEL_RIGHTS };
  const server = createRpcServer({
    services: [
      createCrewService({
        noteOverheard: (words) => lines.push(`overheard ${JSON.stringify(words)}`),
        modelOf: () => own,
        quotaOf: () => DEFAULT_GRANT.databaseBytes,
        noteUsage() {},
        noteShared() {},
        noteStore() {},
        onWord() {},
      }),
    ],
    repliesOf: (_service, agent, inst) => orchestratorReplies(agent, inst),
    bus: { publish: (channel, answer) => redis.publish(channel, JSON.stringify(answer)) },
    journal: { find: async () => null, keep: async () => {} },
    clock: systemClock,
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  ears.on('pmessage', (_pattern, channel, text) => server.take(channel, text));
  await ears.psubscribe('svc:crew:*');
  return ears;
}

const SERVICE_USERS = CORE_USERS.filter((user) => user !== 'orchestrator');

/** The users of `services`, as `init` writes them. */
async function grant(redis: Redis, password: string): Promise<void> {
  const valid = [password];
  const lines = usersAcl({ orchestrator: valid, memory: valid, llm: valid, history: valid }).split('\n');
  for (const user of SERVICE_USERS) {
    const line = lines.find((one) => one.startsWith(`user ${user} `));
    const words = line?.slice('user '.length).match(/\([^)]*\)|\S+/g) ?? [];
    await redis.call('ACL', 'SETUSER', ...words);
  }
}

const isRunning = (child: ChildProcess | null) =>
  child !== null && child.exitCode === null && child.signalCode === null;

async function killed(child: ChildProcess | null): Promise<void> {
  if (!child || !isRunning(child)) return;
  const gone = once(child, 'exit');
  const children = childrenOf(child.pid);
  child.kill('SIGKILL');
  await gone;
  await killAll(children);
}

async function untilSaid(child: ChildProcess, text: string, lines: string[]): Promise<void> {
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error('no pipes');
  stderr.setEncoding('utf8').on('data', (text: string) => lines.push(text));
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`it ended with ${code}:\n${lines.join('\n')}`)));
    createInterface({ input: stdout }).on('line', (line) => {
      lines.push(line);
      if (line.includes(text)) resolve();
    });
  });
}
