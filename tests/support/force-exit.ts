/**
 * For tests that load SurrealDB's embedded engine, which keeps its process alive when everything of it is closed:
 * started without the flag that ends them all the same, they are run once more with it.
 */
import { spawnSync } from 'node:child_process';

const FLAG = '--test-force-exit';

if (!process.execArgv.includes(FLAG)) {
  const words = [FLAG, ...process.execArgv, ...process.argv.slice(1)];
  process.exit(spawnSync(process.execPath, words, { stdio: 'inherit' }).status ?? 1);
}
