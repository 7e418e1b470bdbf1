/** What `deploy/rotate.sh` does, for an installation of the tests: the same commands of the real program, one after the other. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CORE_USERS } from '../../../orchestrator/src/bus/core-users.ts';
import { type Login, loginOf } from '../agents/agent-login.ts';
import type { Installation } from './installation.ts';

const CLI = fileURLToPath(new URL('../../../orchestrator/src/cli/main.ts', import.meta.url));

/** @param signal ends it as a killed terminal would. @returns what `hairem rotate` printed; throws with it where it fails */
export async function rotate(it: Installation, signal?: AbortSignal): Promise<string> {
  const { HAIREM_API_PORT: port } = it.env;
  const env = { ...it.env, HAIREM_REDIS_DIR: join(it.root, 'redis-conf'), HAIREM_API_URL: `http://127.0.0.1:${port}` };
  const call = async (...words: string[]) => {
    const options = { env, ...(signal ? { signal, killSignal: 'SIGKILL' as const } : {}) };
    return (await promisify(execFile)(process.execPath, [CLI, ...words], options)).stdout;
  };
  await call('init-rotation');
  await it.redis.takeFolder();
  const said = await call('rotate', '--timeout', '120');
  await call('init');
  await it.redis.takeFolder();
  return said;
}

/** Every credential of an installation at one moment. */
export interface Credentials {
  token: string;
  controlKey: string;
  /** Of our own users of the bus, and of each of these agents' instances. */
  logins: Login[];
}

export async function credentialsOf(it: Installation, ids: readonly string[]): Promise<Credentials> {
  const read = async (path: string) => (await readFile(join(it.dataDir, path), 'utf8')).trim();
  const folderOf = (user: string) => (user === 'orchestrator' ? 'redis' : 'services/redis');
  const ours = CORE_USERS.map(async (username) => ({
    username,
    password: await read(`${folderOf(username)}/${username}.password`),
  }));
  const theirs = ids.map((id) => loginOf(it, id));
  return {
    token: await read('token'),
    controlKey: await read('control-key'),
    logins: await Promise.all([...ours, ...theirs]),
  };
}
