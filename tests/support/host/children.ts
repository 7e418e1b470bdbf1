/** The processes that a process began: where it is the first of a container they end with it, and here a test ends them. */
import { readFileSync } from 'node:fs';
import { eventually } from '../eventually.ts';

/** By process id; none for one that is gone. */
export function childrenOf(pid: number | undefined): number[] {
  const words = read(`/proc/${pid}/task/${pid}/children`).trim();
  return words === '' ? [] : words.split(' ').map(Number);
}

/** SIGKILL; resolves when they write to no file any more. */
export async function killAll(pids: readonly number[]): Promise<void> {
  for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  await eventually('they are gone', () => !pids.some(isAlive), { intervalMs: 5 });
}

/** One that has ended and that nobody has asked for is not. */
const isAlive = (pid: number) => !/^\d+ \(.*\) [ZX]|^$/s.test(read(`/proc/${pid}/stat`));

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
