/** What people would do without hAIrem: `docker compose watch` with sync+restart, until connected to Redis again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.ts';
import type { Installation } from '../support/installation/installation.ts';
import type { Floor } from './floor.ts';
import { onExit } from './on-exit.ts';

const NAME = 'compose';
const IDLE = fileURLToPath(new URL('./idle/idle.mjs', import.meta.url));

export interface ComposeWatch {
  /** Saves one file; milliseconds until the service is connected again with the new content. */
  measure(): Promise<number>;
  close(): Promise<void>;
}

/** @returns null, and says why, where compose or its watch does not work */
export async function prepareComposeWatch(installation: Installation, floor: Floor): Promise<ComposeWatch | null> {
  const folder = await mkdtemp(join(tmpdir(), 'hairem-bench-compose-'));
  await mkdir(join(folder, 'app'));
  await copyFile(IDLE, join(folder, 'idle.mjs'));
  await writeFile(join(folder, 'app', 'mark'), '0');
  await writeFile(join(folder, 'Dockerfile'), `FROM ${floor.image}\nCOPY app/ /app/\n`);
  await writeFile(join(folder, 'compose.yaml'), composeFile(installation, floor));
  const project = basename(folder).toLowerCase();
  const callOff = onExit(`docker compose -p ${project} down --timeout 1; docker rmi ${project}-peer; rm -r ${folder}`);
  const child = spawn('docker', ['compose', 'watch'], {
    cwd: folder,
    env: { ...process.env, DOCKER_BUILDKIT: '0', COMPOSE_PROJECT_NAME: project },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = listen(child);
  const close = async () => {
    await end(child, folder);
    callOff();
  };
  try {
    await eventually('compose watches', () => watches(child, said), { deadlineMs: 60_000 });
    const measure = measureWith(installation, folder);
    await measure(); // the first round is not the usual one
    return { measure, close };
  } catch (error) {
    console.error(`docker compose watch does not work here: ${String(error)}\n${said.join('')}`);
    await close();
    return null;
  }
}

function composeFile({ redis, coreNetwork }: Installation, { password }: Floor): string {
  return JSON.stringify({
    services: {
      peer: {
        build: '.',
        init: true,
        networks: ['core'],
        environment: {
          BENCH_HOST: redis.host,
          BENCH_PORT: String(redis.port),
          BENCH_PASSWORD: password,
          BENCH_NAME: NAME,
          BENCH_MARK_FILE: '/app/mark',
        },
        develop: { watch: [{ action: 'sync+restart', path: './app', target: '/app' }] },
      },
    },
    networks: { core: { external: true, name: coreNetwork } },
  });
}

function measureWith({ bus }: Installation, folder: string): () => Promise<number> {
  let count = 0;
  return async () => {
    count += 1;
    const mark = String(count);
    const connected = bus.next(
      'compose has restarted it',
      (heard) => heard.agent === NAME && heard.message.mark === mark,
    );
    await writeFile(join(folder, 'next'), mark);
    const began = performance.now();
    await rename(join(folder, 'next'), join(folder, 'app', 'mark'));
    await connected;
    return performance.now() - began;
  };
}

function listen(child: ChildProcess): string[] {
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => said.push(text.toString()));
  child.on('error', (error) => said.push(error.message));
  return said;
}

function watches(child: ChildProcess, said: readonly string[]): boolean {
  if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
  return /watch/i.test(said.join('')) && /enabled|configuration|watching/i.test(said.join(''));
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  const options = { cwd: folder, env: { ...process.env, COMPOSE_PROJECT_NAME: basename(folder).toLowerCase() } };
  const down = spawn('docker', ['compose', 'down', '--rmi', 'local', '--timeout', '1'], options);
  await once(down, 'exit');
  await rm(folder, { recursive: true });
}
