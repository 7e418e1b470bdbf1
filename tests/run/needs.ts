/** What tests need of the host beside npm's packages: found or made, so that `node --test` runs any file; else what to do. */
import { spawnSync } from 'node:child_process';
import { preparePython } from './python.ts';

const hasRedis = spawnSync(process.env.REDIS_SERVER ?? 'redis-server', ['--version']).status === 0;

/** For `skip`: false, or what is missing. */
export const withoutRedis = hasRedis
  ? false
  : 'there is no redis-server on this host: `./hairem test contract` installs it, or `apt install redis-server`';

/** For `skip`: false, or why there is no Python. The first call makes its environment, which asks the package index. */
export async function withoutPython(): Promise<string | false> {
  const { ok, output } = await preparePython();
  if (ok) return false;
  const [why = ''] = output.trim().split('\n').slice(-1);
  return `Python's environment cannot be made (python3 and python3-venv, 3.11 or newer: \`./hairem test unit\` installs them): ${why}`;
}
