/** A container host to try: the fake, or the real engine through the gate, with a Redis and an image to run. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { LABEL } from '../../orchestrator/src/domain/labels.ts';
import type { ContainerHost, ContainerRequest } from '../../orchestrator/src/domain/ports/ports.ts';
import { createDockerHost, type DockerHost } from '../../orchestrator/src/engine/docker-host.ts';
import { runGate } from '../../orchestrator/src/gate/gate.ts';
import { readBaseImages } from '../../orchestrator/src/images/base-image.ts';
import { packContext } from '../../orchestrator/src/images/build-context.ts';
import { systemClock } from '../../orchestrator/src/process/system-clock.ts';
import { createFakeContainerHost } from '../support/fakes/fake-container-host.ts';
import { ENGINE_SOCKET, engine } from '../support/host/engine.ts';
import { removeEverything } from '../support/installation/remove.ts';

export interface Harness<Host extends ContainerHost = ContainerHost> {
  host: Host;
  /** Builds what no bundle is: the real one past the gate, which takes our own Dockerfiles alone. */
  builder: Pick<ContainerHost, 'buildImage'>;
  installId: string;
  /** Runs `PROGRAM` below. */
  image: string;
  close(): Promise<void>;
}

/** Prints a line on each channel, then ends with the code in EXIT, or stays until SIGTERM. */
const PROGRAM = `console.log('ready'); console.error('oops');
if (process.env.EXIT) process.exit(Number(process.env.EXIT));
process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000);`;

export const BASE_IMAGES = fileURLToPath(new URL('../../agent-base-image', import.meta.url));

export const imageLabels = (installId: string, agent = 'alpha') => ({
  [LABEL.orchestrator]: installId,
  [LABEL.kind]: 'bundle',
  [LABEL.agent]: agent,
  [LABEL.depsHash]: 'd1',
});

/** A build context of one Dockerfile and a few files. */
export async function contextOf(dockerfile: string, files: Record<string, string> = {}): Promise<Readable> {
  const folder = await mkdtemp(join(tmpdir(), 'hairem-context-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const context = packContext({ folder, as: null, dockerfile });
  context.once('close', () => void rm(folder, { recursive: true }));
  return context;
}

export async function fakeHarness(): Promise<Harness> {
  const installId = 'fake';
  const host = createFakeContainerHost({ installId, onStart: actAsProgram });
  const image = 'hairem/agent-alpha:contract';
  await host.buildImage({ tag: image, labels: imageLabels(installId), context: await contextOf('FROM x') });
  return { host, builder: host, installId, image, close: async () => {} };
}

type OnStart = NonNullable<Parameters<typeof createFakeContainerHost>[0]['onStart']>;
const actAsProgram: OnStart = (id, { env }, host) => {
  host.print(id, { at: '2026-01-01T00:00:00Z', stream: 'stdout', text: 'ready' });
  host.print(id, { at: '2026-01-01T00:00:00Z', stream: 'stderr', text: 'oops' });
  if (env.EXIT) host.exit(id, Number(env.EXIT));
};

/** The real engine; what it makes carries a label of this run, and `close` removes exactly that. */
export async function realHarness(): Promise<Harness<DockerHost>> {
  const installId = `ct${randomBytes(4).toString('hex')}`;
  const dir = await mkdtemp(join(tmpdir(), 'hairem-contract-'));
  const listen = join(dir, 'gate.sock');
  const redis = { container: await startRedis(installId) };
  const place = { installId, redis, subnet: '10.219.0.0/16' };
  const bases = await readBaseImages(BASE_IMAGES);
  const gate = await runGate({ listen, upstream: ENGINE_SOCKET, scope: place, bases });
  const host = createDockerHost({ socketPath: listen, ...place, clock: systemClock });
  const builder = createDockerHost({ socketPath: ENGINE_SOCKET, ...place, clock: systemClock });
  const image = `hairem/agent-alpha:${installId}`;
  const dockerfile = `FROM node:24-bookworm-slim\nCOPY program.js /\nCMD ["node", "/program.js"]\n`;
  const context = await contextOf(dockerfile, { 'program.js': PROGRAM });
  await builder.buildImage({ tag: image, labels: imageLabels(installId), context });
  return {
    host,
    builder,
    installId,
    image,
    async close() {
      await gate.close();
      await engine('DELETE', `/containers/${redis.container}?force=true&v=true`, { accept: [404] });
      await removeEverything(installId);
      await rm(dir, { recursive: true });
    },
  };
}

async function startRedis(installId: string): Promise<string> {
  const body = {
    Image: 'redis:7-bookworm',
    Cmd: ['redis-server', '--protected-mode', 'no', '--save', ''],
    Labels: { 'io.hairem.contract': installId },
  };
  const { Id } = await engine<{ Id: string }>('POST', `/containers/create?name=hairem-redis-${installId}`, { body });
  await engine('POST', `/containers/${Id}/start`);
  return Id;
}

/** The same program as the image of another agent: no agent runs from another one's. */
export async function imageOf({ builder, installId, image }: Harness, agent: string): Promise<string> {
  const tag = `hairem/agent-${agent}:${installId}`;
  const context = await contextOf(`FROM ${image}\n`);
  await builder.buildImage({ tag, labels: imageLabels(installId, agent), context });
  return tag;
}

/** An instance of `alpha`, unless said otherwise. */
export function requestFor({ installId, image }: Harness, change: Partial<ContainerRequest> = {}): ContainerRequest {
  const { agent = 'alpha', inst = 1 } = change;
  return {
    agent,
    inst,
    image,
    labels: {
      [LABEL.orchestrator]: installId,
      [LABEL.kind]: 'instance',
      [LABEL.agent]: agent,
      [LABEL.instance]: String(inst),
      [LABEL.bundleHash]: 'b1',
      [LABEL.imageHash]: 'i1',
      [LABEL.depsHash]: 'd1',
      [LABEL.specHash]: 's1',
      [LABEL.credSha256]: 'c'.repeat(64),
    },
    env: {},
    spec: { memory: 256 * 1024 * 1024, cpus: 0.5, pids: 128, egress: 'none', storage: false },
    network: `hairem-${installId}-${agent}`,
    volume: null,
    ...change,
  };
}
