/** The lanes of the test run: which files, how many at a time, and how long one file may take. */
import { glob } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Lane {
  name: string;
  pattern: string;
  /** Files at the same time. */
  parallel: number;
  /** For one that hangs: several times what the longest takes on a busy machine. */
  timeoutMs: number;
  /** Prints a line per test too: its files take minutes. */
  talkative: boolean;
}

const MINUTE = 60_000;

/** In the order of the run. `engine` restarts the container engine itself, so nothing may run beside or after it. */
export const LANES: readonly Lane[] = [
  { name: 'unit', pattern: 'tests/unit/**/*.test.ts', parallel: 2, timeoutMs: 3 * MINUTE, talkative: false },
  { name: 'contract', pattern: 'tests/contract/**/*.test.ts', parallel: 1, timeoutMs: 5 * MINUTE, talkative: false },
  { name: 'scenarios', pattern: 'tests/scenarios/*.test.ts', parallel: 1, timeoutMs: 20 * MINUTE, talkative: true },
  { name: 'engine', pattern: 'tests/scenarios/engine/*.test.ts', parallel: 1, timeoutMs: 8 * MINUTE, talkative: true },
];

export async function filesOf(lane: Lane): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob(lane.pattern, { cwd: ROOT })) files.push(file);
  return files.sort();
}
