/** The services as compose starts them, beside a test's own Redis: a real process, killed and started by the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Redis } from 'ioredis';
import { systemClock } from '../../orchestrator/src/adapters/system-clock.ts';
import { NO_MODEL_RIGHTS } from '../../orchestrator/src/domain/language-model.ts';
import { usersAcl } from '../../orchestrator/src/init.ts';
import { createCrewService } from '../../orchestrator/src/services/crew/crew-service.ts';
import { serve } from '../../orchestrator/src/services/serve.ts';
import { newPassword } from './redis-server.ts';

export interface ServicesProcess {
  folder: string;
  /** Of its present life. */
  pid(): number;
  /** Its log lines, of all its lives. */
  lines: string[];
  /** Resolves when it takes requests. */
  start(): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Kills it and removes what it kept. */
  remove(): Promise<void>;
}

const CLI = fileURLToPath(new URL('../../orchestrator/src/cli.ts', import.meta.url));

export async function prepareServices(redis: Redis, port: number, env: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'hairem-services-'));
  const password = newPassword();
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'redis.password'), password);
  await grant(redis, password);
  const orchestrator = await playOrchestrator(redis);
  const lines: string[] = [];
  let child: ChildProcess | null = null;

  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  const own: ServicesProcess = {
    folder,
    lines,
    pid: () => child?.pid ?? 0,
    async start() {
      child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CLI, 'services'], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...env,
          PATH: process.env.PATH,
          HAIREM_SERVICES_DIR: folder,
          HAIREM_REDIS_HOST: '127.0.0.1',
          HAIREM_REDIS_PORT: String(port),
        },
      });
      await untilUp(child, lines);
    },
    kill,
    async remove() {
      await kill();
      orchestrator.disconnect();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return own;
}

/** What the services ask of the orchestrator: no agent here has a language model. */
async function playOrchestrator(redis: Redis): Promise<Redis> {
  const ears = redis.duplicate();
  ears.on('error', () => {});
  const own = { llm_config: {}, api_key: null, ...NO_MODEL_RIGHTS };
  const server = serve({
    services: [createCrewService({ modelOf: () => own, noteUsage() {}, noteShared() {}, onWord() {} })],
    bus: { publish: (channel, answer) => redis.publish(channel, JSON.stringify(answer)) },
    journal: { find: async () => null, keep: async () => {} },
    clock: systemClock,
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  ears.on('pmessage', (_pattern, channel, text) => server.take(channel, text));
  await ears.psubscribe('svc:crew:*');
  return ears;
}

/** The user of `services`, as `init` writes it. */
async function grant(redis: Redis, password: string): Promise<void> {
  const line = usersAcl({ orchestrator: '', services: password })
    .split('\n')
    .find((one) => one.startsWith('user services '));
  const words = line?.slice('user '.length).match(/\([^)]*\)|\S+/g) ?? [];
  await redis.call('ACL', 'SETUSER', ...words);
}

async function untilUp(child: ChildProcess, lines: string[]): Promise<void> {
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error('no pipes');
  stderr.setEncoding('utf8').on('data', (text: string) => lines.push(text));
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`services ended with ${code}:\n${lines.join('\n')}`)));
    createInterface({ input: stdout }).on('line', (line) => {
      lines.push(line);
      if (line.includes('the services are up')) resolve();
    });
  });
}
