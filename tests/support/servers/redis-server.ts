/** A redis-server of a test's own: a free loopback port, an ACL file with `default off`, settings as `init` writes them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RedisAddress } from '../../../orchestrator/src/bus/redis-bus.ts';
import { redisConf } from '../../../orchestrator/src/init.ts';
import { freePort } from '../free-port.ts';

export interface RedisServer {
  port: number;
  /** A user who may do everything. */
  orchestrator: { username: string; password: string };
  /** The same user for a bus. */
  address(): RedisAddress;
  /** Kills the process, waits `ms` and starts it again, empty but for the ACL file. */
  restart(ms?: number): Promise<void>;
  /** What its process takes of the host's memory now. */
  residentBytes(): Promise<number>;
  /** It answers nothing and keeps its connections, until `resume`. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
export const newPassword = () => randomBytes(24).toString('hex');

export async function startRedisServer(): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'hairem-redis-'));
  const orchestrator = { username: 'orchestrator', password: newPassword() };
  const aclFile = join(folder, 'users.acl');
  const users = ['user default off', `user orchestrator on #${sha256(orchestrator.password)} ~* &* +@all`, ''];
  await writeFile(aclFile, users.join('\n'));
  const port = await freePort();
  let child = await launch({ port, folder, aclFile });
  const end = async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  return {
    port,
    orchestrator,
    address: () => ({ host: '127.0.0.1', port, username: 'orchestrator', passwords: () => [orchestrator.password] }),
    async restart(ms = 0) {
      await end();
      await new Promise((resolve) => setTimeout(resolve, ms));
      child = await launch({ port, folder, aclFile });
    },
    async residentBytes() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async stop() {
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launch(options: { port: number; folder: string; aclFile: string }): Promise<ChildProcess> {
  const settings = {
    port: options.port,
    bind: '127.0.0.1',
    dir: options.folder,
  };
  const file = join(options.folder, 'redis.conf');
  await writeFile(file, redisConf(options.aclFile));
  const args = [file, ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])];
  const child = spawn(process.env.REDIS_SERVER ?? 'redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  child.on('error', () => said.push('no such program: `./hairem test` installs it'));
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (!line.includes('Ready to accept connections')) continue;
    child.stdout.resume();
    return child;
  }
  throw new Error(`redis-server did not start:\n${said.join('\n')}`);
}
