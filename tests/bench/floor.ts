/**
 * The floor of ARCHITECTURE.md ("Three lanes"): classic build of one COPY layer, create and start of an idle runtime
 * until it is connected to Redis, in the same sandbox, on a network that exists already, without the CPU limit.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LABEL, networkName } from '../../orchestrator/src/domain/labels.ts';
import type { ContainerHost } from '../../orchestrator/src/domain/ports/ports.ts';
import type { Runtime } from '../../orchestrator/src/domain/version.ts';
import { createDockerHost } from '../../orchestrator/src/engine/docker-host.ts';
import { packContext } from '../../orchestrator/src/images/build-context.ts';
import { systemClock } from '../../orchestrator/src/process/system-clock.ts';
import { inspect } from '../support/host/engine.ts';
import type { Installation } from '../support/installation/installation.ts';
import { removeEverything } from '../support/installation/remove.ts';
import { onExit, removalOf } from './on-exit.ts';

const NAME = 'floor';
const IDLE = fileURLToPath(new URL('./idle/', import.meta.url));
const SPEC = { memory: 256 * 2 ** 20, cpus: 0.5, pids: 128, egress: 'none', storage: false } as const;

/** Its parts in milliseconds; together they are the floor. */
export interface FloorParts {
  build: number;
  create: number;
  start: number;
  /** From the engine's answer until the runtime is connected; negative where it was faster than the answer. */
  boot: number;
  /** Not a part: the whole start-up of the runtime, from the start of its process as the engine knows it. */
  startup: number;
}

export const FLOOR_PARTS = ['build', 'create', 'start', 'boot'] as const satisfies (keyof FloorParts)[];

export const sumOf = ({ build, create, start, boot }: Omit<FloorParts, 'startup'>) => build + create + start + boot;

export interface Floor {
  /** One round, from the start of the build until the runtime is connected. */
  measure(): Promise<FloorParts>;
  /** Starts an idle runtime and leaves it running, with the CPU limit of an agent; resolves with its container. */
  keepOne(): Promise<string>;
  /** The same on a network of its own, under this name: a raw echo (idle/raw.mjs, idle/raw.py). */
  keepRaw(name: RawName): Promise<string>;
  /** Image of the idle runtime. */
  image: string;
  /** Password of the user `bench`. */
  password: string;
  close(): Promise<void>;
}

/** Who may speak on `raw:<to>:<from>`, beside `bench`. */
export const RAW_NAMES = ['raw-node-asks', 'raw-node-echoes', 'raw-python-asks', 'raw-python-echoes'] as const;
export type RawName = (typeof RAW_NAMES)[number];

export async function prepareFloor(installation: Installation, runtime: Runtime = 'node'): Promise<Floor> {
  const floorId = randomBytes(4).toString('hex');
  const folder = await mkdtemp(join(tmpdir(), 'hairem-bench-floor-'));
  const host = createDockerHost({
    socketPath: process.env.HAIREM_DOCKER_SOCKET ?? '/var/run/docker.sock',
    installId: floorId,
    redis: { container: installation.redis.id },
    subnet: installation.subnet,
    clock: systemClock,
  });
  const password = await makeUser(installation);
  const image = `hairem/bench-idle:${floorId}`;
  await buildIdle(host, { tag: image, runtime });
  const tags: string[] = [];
  // By name: an image that another one stands on cannot be removed by its id.
  const named = `docker images --format '{{.Repository}}:{{.Tag}}' --filter reference='hairem/bench-*:${floorId}*'`;
  const callOff = onExit(`${removalOf(floorId)}\n${named} | xargs -r docker rmi\nrm -r ${folder}`);
  let count = 0;

  async function launch(agent: string, more: Record<string, string> = {}): Promise<{ id: string; parts: FloorParts }> {
    await host.ensureNetwork({ agent, egress: 'none' });
    const began = performance.now();
    count += 1;
    const tag = `hairem/bench-floor:${floorId}-${count}`;
    tags.push(tag);
    await build(host, { folder, tag, from: image, count });
    const built = performance.now();
    const id = await host.createContainer({
      agent,
      inst: count,
      image: tag,
      labels: { [LABEL.orchestrator]: floorId, [LABEL.kind]: 'instance' },
      env: { BENCH_HOST: 'redis', BENCH_PORT: '6379', BENCH_PASSWORD: password, BENCH_NAME: agent, ...more },
      spec: SPEC,
      network: networkName(floorId, agent),
      volume: null,
    });
    const created = performance.now();
    const connected = installation.bus.next(`${agent} is connected`, (heard) => heard.agent === agent);
    await host.startContainer(id);
    const started = performance.now();
    const { at } = await connected;
    const parts = { build: built - began, create: created - built, start: started - created, boot: at - started };
    const processStarted = Date.parse((await inspect(id)).State.StartedAt) - performance.timeOrigin;
    return { id, parts: { ...parts, startup: at - processStarted } };
  }

  async function keep(agent: string, more: Record<string, string> = {}): Promise<string> {
    const { id } = await launch(agent, more);
    await host.limitCpu(id, SPEC.cpus * 1e9);
    return id;
  }

  return {
    image,
    password,
    async measure() {
      const { id, parts } = await launch(NAME);
      await host.removeContainer(id);
      return parts;
    },
    keepOne: () => keep(NAME),
    keepRaw: (name) => keep(name, { BENCH_RAW: 'true' }),
    async close() {
      await removeEverything(floorId);
      for (const tag of [...tags, image]) await host.removeImage(tag);
      await rm(folder, { recursive: true });
      callOff();
    },
  };
}

/** Each floor of an installation has a password of its own to the same user. */
async function makeUser({ bus }: Installation): Promise<string> {
  const password = randomBytes(16).toString('hex');
  // A pattern is compared literally with the ACL's.
  const channels = ['&st:*', '&raw:*', ...RAW_NAMES.map((name) => `&raw:${name}:*`)];
  const rules = ['on', `>${password}`, 'resetchannels', '-@all', '+ping', '+hello', '+auth', '+publish', '+psubscribe'];
  await bus.redis.call('ACL', 'SETUSER', 'bench', ...rules, ...channels);
  return password;
}

/** What the runtime stands on and nothing of ours: the same image family, and the Redis client that everybody takes. */
const IDLE_IMAGES: Record<Runtime, readonly string[]> = {
  node: [
    'FROM node:24-bookworm-slim',
    'RUN npm install --prefix /idle --ignore-scripts --no-audit --no-fund ioredis@6.0.0',
    'COPY idle.mjs raw.mjs /idle/',
    'CMD ["node", "/idle/idle.mjs"]',
  ],
  python: [
    'FROM python:3.11-slim-bookworm',
    'ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PYTHONPATH=/idle/packages',
    // As in the base image: without bytecode of the standard library it would be no match.
    `RUN python -m compileall -q -x '/(site-packages|dist-packages|test|tests|idlelib|lib2to3|turtledemo)/' "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"`,
    'RUN python -m pip install --no-cache-dir --disable-pip-version-check --root-user-action ignore --target /idle/packages redis==8.1.0',
    'COPY idle.py raw.py /idle/',
    'CMD ["python", "/idle/idle.py"]',
  ],
};

async function buildIdle(host: ContainerHost, { tag, runtime }: { tag: string; runtime: Runtime }): Promise<void> {
  const dockerfile = [...IDLE_IMAGES[runtime], 'WORKDIR /idle', ''].join('\n');
  const context = packContext({ folder: IDLE, as: null, dockerfile });
  await host.buildImage({ tag, labels: {}, labelsIn: 'context', context });
}

async function build(
  host: ContainerHost,
  { folder, tag, from, count }: { folder: string; tag: string; from: string; count: number },
): Promise<void> {
  await mkdir(join(folder, 'code'), { recursive: true });
  await writeFile(join(folder, 'code', 'change.txt'), `${count}`);
  const dockerfile = `FROM ${from}\nCOPY code/ /idle/code/\n`;
  const context = packContext({ folder, as: null, dockerfile });
  await host.buildImage({ tag, labels: {}, labelsIn: 'context', context });
}
