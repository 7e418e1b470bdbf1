/**
 * hAIrem as it ships: `./hairem` and docker-compose.yml themselves, beside whatever else runs on this host. It has a
 * compose project, an image tag, a port, addresses, bundles and secrets of its own; `stop` removes what it made.
 */

import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { SETTINGS } from '../../../orchestrator/src/process/config.ts';
import { type ApiClient, createApiClient } from '../agents/api-client.ts';
import { type BusEar, listenToBus } from '../agents/bus-ear.ts';
import { type AgentsFolder, type BundleFiles, createAgentsFolder } from '../builders/bundles.ts';
import { freePort } from '../free-port.ts';
import { engine, inspect } from '../host/engine.ts';
import { type Bridge, bridgeAddress } from './bridge-address.ts';
import { connectTo } from './parts.ts';
import { fileInVolume, removeProject } from './remove.ts';
import { randomBlock } from './subnet-block.ts';
import { RIG_LABEL, sweepDeadRigs } from './sweep.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** One for each checkout: kept, because the engine forgets the layers of an image that nobody has. */
export const IMAGE = `hairem/rig:${createHash('sha256').update(ROOT).digest('hex').slice(0, 12)}`;
const SERVICES = ['init', 'gate', 'redis', 'orchestrator', 'store', 'services'];
const VOLUMES = ['data', 'identity', 'redis-conf', 'gate', 'services', 'services-state', 'store'];
const run = promisify(execFile);

export interface ShippedOptions {
  agents?: Readonly<Record<string, BundleFiles>>;
  /** Settings, as they would be in `.env`. */
  env?: Record<string, string>;
  /** Agents' secrets as variables, as they would be in `deploy/secrets.env`. */
  secrets?: Record<string, string>;
}

export interface Shipped {
  readonly project: string;
  readonly agents: AgentsFolder;
  /** A folder of its own with `./hairem` in it. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Runs `./hairem`. @returns what it printed; throws with what it said where it fails */
  hairem(...words: string[]): Promise<string>;
  /** Runs `docker compose` on this installation. */
  compose(...words: string[]): Promise<string>;
  /** Id of the container of one of hAIrem's own services, running or not. */
  container(service: string): Promise<string>;
  /** What is there of it, by its token, its password and its addresses of now; the ear is the caller's to close. */
  connect(): Promise<{ installId: string; api: ApiClient; bus: BusEar }>;
  logs(): Promise<string>;
  stop(): Promise<void>;
}

/** Nothing runs yet: `hairem('up')` starts it. */
export async function prepareShipped({ agents = {}, env = {}, secrets = {} }: ShippedOptions = {}): Promise<Shipped> {
  await sweepDeadRigs();
  const root = await mkdtemp(join(tmpdir(), 'hairem-rig-'));
  const project = basename(root).toLowerCase();
  await chmod(root, 0o755); // uid 10001 reads the bundles
  await mkdir(join(root, 'secrets'));
  await mkdir(join(root, 'grants'));
  await symlink(join(ROOT, 'hairem'), join(root, 'hairem'));
  const folder = await createAgentsFolder(root);
  for (const [id, files] of Object.entries(agents)) await folder.put(id, files);
  await writeFile(join(root, 'labels.json'), JSON.stringify(labelled(project)));
  const lines = Object.entries(secrets).map(([name, value]) => `${name}='${value}'\n`);
  await writeFile(join(root, 'secrets.env'), lines.join(''), { mode: 0o600 });
  const port = await freePort();
  const variables = { ...environmentOf({ root, project, port }), ...env };
  const shipped = assemble({ root, project, folder, variables, port });
  stopOnSignal(shipped);
  return shipped;
}

interface Assembly {
  root: string;
  project: string;
  folder: AgentsFolder;
  variables: Record<string, string | undefined>;
  port: number;
}

function assemble({ root, project, folder, variables, port }: Assembly): Shipped {
  const call = async (file: string, words: readonly string[], cwd: string) =>
    (await run(file, words, { cwd, env: variables, maxBuffer: 2 ** 24 })).stdout.trim();
  const compose = (...words: string[]) => call('docker', ['compose', ...words], ROOT);
  const container = (service: string) => compose('ps', '-aq', service);
  return {
    project,
    agents: folder,
    root,
    env: variables,
    hairem: (...words) => call(join(root, 'hairem'), words, root),
    compose,
    container,
    async connect() {
      const read = (volume: string, path: string) => fileInVolume(`${project}_${volume}`, path);
      const installId = await read('data', 'install-id');
      const { Mountpoint } = await engine<{ Mountpoint: string }>('GET', `/volumes/${project}_data`);
      const token = () => readFileSync(join(Mountpoint, 'token'), 'utf8').trim();
      const redisPassword = await read('data', 'redis/orchestrator.password');
      const { Networks } = (await inspect(await container('redis'))).NetworkSettings;
      const host = Networks[`${project}_core`]?.IPAddress ?? '';
      const bus = await listenToBus(connectTo({ redis: await withTester({ host, port: 6379 }, redisPassword) }));
      return { installId, api: createApiClient(`http://127.0.0.1:${port}`, token), bus };
    },
    logs: () => compose('logs', '--tail', '100'),
    async stop() {
      await removeProject(project);
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** The orchestrator may make users, and so may whoever has its password: here one that looks at everything. */
async function withTester(place: { host: string; port: number }, orchestratorPassword: string) {
  const redis = new Redis({
    ...place,
    username: 'orchestrator',
    password: orchestratorPassword,
    enableReadyCheck: false,
  });
  const tester = { username: 'tester', password: randomBytes(24).toString('base64url') };
  await redis.call('ACL', 'SETUSER', 'tester', 'on', `>${tester.password}`, '~*', '&*', '+@all');
  redis.disconnect();
  return { ...place, tester };
}

/** By these labels the next run finds what this one leaves behind if it is killed. */
function labelled(project: string): object {
  const labels = { [RIG_LABEL]: `${process.pid}/${project}` };
  const each = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, { labels }]));
  return { services: each(SERVICES), volumes: each(VOLUMES), networks: each(['core']) };
}

/** Empty is unset, and wins over a `.env` of this checkout: whoever runs the tests may have an installation of their own. */
const NO_SETTINGS = Object.fromEntries(
  SETTINGS.filter((name) => name !== 'HAIREM_DOCKER_SOCKET').map((name) => [name, '']),
);

/** The environment wins over a `.env` of this checkout, whose secrets are not for these agents either. */
function environmentOf({ root, project, port }: { root: string; project: string; port: number }) {
  return {
    ...process.env,
    ...NO_SETTINGS,
    COMPOSE_PROJECT_NAME: project,
    COMPOSE_FILE: `${join(ROOT, 'docker-compose.yml')}:${join(root, 'labels.json')}`,
    HAIREM_IMAGE: IMAGE,
    HAIREM_AGENTS_DIR: join(root, 'agents'),
    HAIREM_SECRETS_DIR: join(root, 'secrets'),
    HAIREM_GRANTS_DIR: join(root, 'grants'),
    HAIREM_ENV_FILE: join(ROOT, 'deploy', 'empty.env'),
    HAIREM_SECRETS_ENV: join(root, 'secrets.env'),
    HAIREM_SUBNET: randomBlock().agents,
    HAIREM_BIND: '127.0.0.1',
    HAIREM_PORT: String(port),
  };
}

/** The address of this host under which containers of hAIrem's services find it as `host.docker.internal`. */
export async function hostAddress(): Promise<string> {
  const address = bridgeAddress(await engine<Bridge>('GET', '/networks/bridge'));
  if (!address) throw new Error('the engine has no bridge network: containers cannot reach this host');
  return address;
}

function stopOnSignal(shipped: Shipped): void {
  const end = () => void shipped.stop().finally(() => process.exit(1));
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
}
