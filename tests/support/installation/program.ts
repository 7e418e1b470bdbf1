/** One of hAIrem's own processes, run as the real program with its log in a file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { childrenOf, killAll } from '../host/children.ts';

const CLI = fileURLToPath(new URL('../../../orchestrator/src/cli/main.ts', import.meta.url));
/** How long it may take to end in order. */
const STOP_MS = 20_000;

export interface Program {
  readonly pid: number;
  /** Null while it runs. */
  ended(): string | null;
  exited: Promise<string>;
  /** Resolves when it has ended; by SIGKILL what it began ends, too, as in a container. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** SIGTERM, and SIGKILL for one that does not listen. */
  stop(): Promise<void>;
  log(): Promise<string>;
}

export interface ProgramRequest {
  command: 'run' | 'gate' | 'services' | 'store';
  env: Record<string, string>;
  logFile: string;
}

export function startProgram({ command, env, logFile }: ProgramRequest): Program {
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [CLI, command], { env, stdio: ['ignore', log, log] });
  closeSync(log);
  const exited = endOf(child);
  let end: string | null = null;
  exited.then((why) => {
    end = why;
  });
  const dieWithUs = () => child.kill('SIGKILL');
  process.once('exit', dieWithUs);
  exited.then(() => process.off('exit', dieWithUs));
  const kill = async (signal: NodeJS.Signals) => {
    const children = signal === 'SIGKILL' ? childrenOf(child.pid) : [];
    child.kill(signal);
    await exited;
    await killAll(children);
  };
  return {
    pid: child.pid ?? 0,
    ended: () => end,
    exited,
    kill,
    async stop() {
      const tooLate = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await kill('SIGTERM');
      clearTimeout(tooLate);
    },
    log: () => readFile(logFile, 'utf8'),
  };
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}
