/**
 * hAIrem as it ships, from docker-compose.yml, beside whatever else runs: a compose project of its own with an image
 * of these sources, a crew of its own and other addresses. Its orchestrator is the one that is weighed.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { crewFolder } from '../builders.ts';
import { createApiClient } from '../rig/api-client.ts';
import { eventually } from '../rig/eventually.ts';
import { freePort } from '../rig/parts.ts';
import { removeEverything } from '../rig/remove.ts';
import { onExit, removalOf } from './on-exit.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SERVICES = ['init', 'gate', 'orchestrator'];
const run = promisify(execFile);

export interface Shipped {
  installId: string;
  /** Container of the orchestrator. */
  orchestrator: string;
  stop(): Promise<void>;
}

/** @param subnet of its agents' networks. Resolves when so many agents, each one a bundle of its own, are active */
export async function startShipped({ agents, subnet }: { agents: number; subnet: string }): Promise<Shipped> {
  const folder = await mkdtemp(join(tmpdir(), 'hairem-bench-shipped-'));
  const project = folder.slice(folder.lastIndexOf('/') + 1).toLowerCase();
  const image = `hairem/bench:${project}`;
  await chmod(folder, 0o755); // uid 10001 reads the bundles
  await writeBundles(join(folder, 'agents'), agents);
  const override = join(folder, 'override.json');
  await writeFile(
    override,
    JSON.stringify({ services: Object.fromEntries(SERVICES.map((name) => [name, { image }])) }),
  );
  const port = await freePort();
  const env = environment({ project, folder, subnet, port });
  const files = ['--project-directory', ROOT, '-f', join(ROOT, 'docker-compose.yml'), '-f', override];
  const compose = async (...words: string[]) =>
    (await run('docker', ['compose', ...files, ...words], { env, maxBuffer: 2 ** 24 })).stdout.trim();
  const downAtExit = `docker compose -p ${project} down --volumes --remove-orphans; docker rmi ${image}; rm -r ${folder}`;
  const calledOff = [onExit(downAtExit)];
  const down = async () => {
    await compose('down', '--volumes', '--remove-orphans');
    await run('docker', ['rmi', image]);
    await rm(folder, { recursive: true });
    for (const callOff of calledOff) callOff();
  };
  try {
    await compose('build', 'orchestrator');
    await compose('up', '-d', '--no-build');
    const inside = (...words: string[]) => compose('exec', '-T', 'orchestrator', ...words);
    const installId = await eventually('there is an id', () => inside('cat', '/data/install-id'));
    calledOff.push(onExit(removalOf(installId)));
    await untilActive(createApiClient(`http://127.0.0.1:${port}`, await inside('hairem', 'token')), agents);
    return {
      installId,
      orchestrator: await compose('ps', '-q', 'orchestrator'),
      async stop() {
        await inside('hairem', 'down-agents');
        await removeEverything(installId);
        await down();
      },
    };
  } catch (error) {
    console.error(await compose('logs', '--tail', '50').catch(String));
    throw error; // what was made goes as the process ends
  }
}

async function writeBundles(folder: string, count: number): Promise<void> {
  const read = (file: string) => readFile(join(crewFolder, 'echo', file), 'utf8');
  const [manifest, logic] = [await read('manifest.yaml'), await read('logic.ts')];
  for (let n = 1; n <= count; n += 1) {
    const bundle = join(folder, `echo-${n}`);
    await mkdir(bundle, { recursive: true });
    await writeFile(join(bundle, 'manifest.yaml'), manifest);
    await writeFile(join(bundle, 'logic.ts'), `${logic}// number ${n}: no two images share their layer\n`);
  }
}

function environment(about: { project: string; folder: string; subnet: string; port: number }): NodeJS.ProcessEnv {
  return {
    ...process.env,
    DOCKER_BUILDKIT: '0',
    COMPOSE_PROJECT_NAME: about.project,
    HAIREM_AGENTS_DIR: join(about.folder, 'agents'),
    HAIREM_SUBNET: about.subnet,
    HAIREM_BIND: '127.0.0.1',
    HAIREM_PORT: String(about.port),
  };
}

async function untilActive(api: ReturnType<typeof createApiClient>, count: number): Promise<void> {
  const check = async () => {
    const records = await api.agents();
    const active = records.filter((record) => record.status === 'active').length;
    if (active < count) throw new Error(`${active} of ${count} are`);
    return true;
  };
  await eventually('the crew is active', check, { deadlineMs: 300_000, intervalMs: 500 });
}
