/**
 * The floor of ARCHITECTURE.md ("Three lanes"): classic build of one COPY layer, create and start of an idle runtime
 * until it is connected to Redis, in the same sandbox, on a network that exists already, without the CPU limit.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDockerHost } from '../../orchestrator/src/adapters/docker-host.ts';
import { systemClock } from '../../orchestrator/src/adapters/system-clock.ts';
import { readBaseImage } from '../../orchestrator/src/build/base-image.ts';
import { packContext } from '../../orchestrator/src/build/pack-context.ts';
import { LABEL, networkName } from '../../orchestrator/src/domain/labels.ts';
import type { ContainerHost } from '../../orchestrator/src/domain/ports.ts';
import type { Installation } from '../rig/installation.ts';
import { removeEverything } from '../rig/remove.ts';
import { onExit, removalOf } from './on-exit.ts';

const AGENT = 'floor';
const IDLE = fileURLToPath(new URL('./idle/', import.meta.url));
const BASE_IMAGE_DIR = fileURLToPath(new URL('../../agent-base-image/', import.meta.url));
const SPEC = { memory: 256 * 2 ** 20, cpus: 0.5, pids: 128, egress: 'none', storage: false } as const;

/** Its parts in milliseconds; together they are the floor. */
export interface FloorParts {
  build: number;
  create: number;
  start: number;
  /** From the engine's answer until the runtime is connected; negative where it was faster than the answer. */
  boot: number;
}

export const FLOOR_PARTS = ['build', 'create', 'start', 'boot'] as const satisfies (keyof FloorParts)[];

export const sumOf = ({ build, create, start, boot }: FloorParts) => build + create + start + boot;

export interface Floor {
  /** One round, from the start of the build until the runtime is connected. */
  measure(): Promise<FloorParts>;
  /** Starts an idle runtime and leaves it running, with the CPU limit of an agent; resolves with its container. */
  keepOne(): Promise<string>;
  /** Image of the idle runtime. */
  image: string;
  /** Password of the user `bench`. */
  password: string;
  close(): Promise<void>;
}

export async function prepareFloor(installation: Installation): Promise<Floor> {
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
  await buildIdle(host, image);
  await host.ensureNetwork({ agent: AGENT, egress: 'none' });
  const tags: string[] = [];
  // By name: an image that another one stands on cannot be removed by its id.
  const named = `docker images --format '{{.Repository}}:{{.Tag}}' --filter reference='hairem/bench-*:${floorId}*'`;
  const callOff = onExit(`${removalOf(floorId)}\n${named} | xargs -r docker rmi\nrm -r ${folder}`);
  let count = 0;

  async function launch(): Promise<{ id: string; parts: FloorParts }> {
    const began = performance.now();
    count += 1;
    const tag = `hairem/bench-floor:${floorId}-${count}`;
    tags.push(tag);
    await build(host, { folder, tag, from: image, count });
    const built = performance.now();
    const id = await host.createContainer({
      agent: AGENT,
      inst: count,
      image: tag,
      labels: { [LABEL.orchestrator]: floorId, [LABEL.kind]: 'instance' },
      env: { BENCH_HOST: 'redis', BENCH_PORT: '6379', BENCH_PASSWORD: password, BENCH_NAME: AGENT },
      spec: SPEC,
      network: networkName(floorId, AGENT),
      volume: null,
    });
    const created = performance.now();
    const connected = installation.bus.next('the floor is connected', ({ agent }) => agent === AGENT);
    await host.startContainer(id);
    const started = performance.now();
    const { at } = await connected;
    return {
      id,
      parts: { build: built - began, create: created - built, start: started - created, boot: at - started },
    };
  }

  return {
    image,
    password,
    async measure() {
      const { id, parts } = await launch();
      await host.removeContainer(id);
      return parts;
    },
    async keepOne() {
      const { id } = await launch();
      await host.limitCpu(id, SPEC.cpus * 1e9);
      return id;
    },
    async close() {
      await removeEverything(floorId);
      for (const tag of [...tags, image]) await host.removeImage(tag);
      await rm(folder, { recursive: true });
      callOff();
    },
  };
}

async function makeUser({ bus }: Installation): Promise<string> {
  const password = randomBytes(16).toString('hex');
  const rules = ['on', `>${password}`, 'resetchannels', '-@all', '+ping', '+hello', '+auth', '+publish', '&st:*'];
  await bus.redis.call('ACL', 'SETUSER', 'bench', 'reset', ...rules);
  return password;
}

/** Node of the same image family, and the ioredis that agents have. */
async function buildIdle(host: ContainerHost, tag: string): Promise<void> {
  const base = await readBaseImage(BASE_IMAGE_DIR, 'node');
  const dockerfile = [
    `FROM ${base.tag} AS sdk`,
    'FROM node:24-bookworm-slim',
    'COPY --from=sdk /opt/hairem/node_modules /idle/node_modules',
    'COPY idle.mjs /idle/',
    'WORKDIR /idle',
    'CMD ["node", "/idle/idle.mjs"]',
    '',
  ].join('\n');
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
