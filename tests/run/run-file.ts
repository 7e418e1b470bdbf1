/** One test file in a process of its own, with a deadline: a test that hangs is ended and counts as a failure. */
import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Told } from './reporter.ts';

const REPORTER = new URL('./reporter.ts', import.meta.url).href;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** How long a test process may take to remove what it made, once it was told to end. */
const CLEAN_UP_MS = 60_000;
const KEPT_LINES = 400;
/** The embedded SurrealDB keeps its process alive when everything of it is closed. */
const EMBEDDED = '/embedded/';

export interface FileResult {
  file: string;
  ms: number;
  passed: number;
  failed: number;
  skipped: number;
  failures: { name: string; error: string }[];
  /** The last lines that the file printed. */
  output: string[];
}

export interface FileRun {
  file: string;
  timeoutMs: number;
  /** Hears each test as it ends. */
  onTest?: (told: Extract<Told, { kind: 'test' }>) => void;
  /** Hears each line that a test wants to be shown although it passes. */
  onNote?: (line: string) => void;
}

/** How such a line begins. */
const NOTE = '» ';

const running = new Set<ChildProcess>();

/** Tells those that run to end, as their deadline would; resolves when they have, or were killed. */
export async function endRunning(): Promise<void> {
  await Promise.all([...running].map((child) => new Promise((resolve) => end(child).once('close', resolve))));
}

/** What it made it removes; one that does not listen is killed. */
function end(child: ChildProcess): ChildProcess {
  child.kill('SIGTERM');
  const last = setTimeout(() => child.kill('SIGKILL'), CLEAN_UP_MS);
  return child.once('close', () => clearTimeout(last));
}

export async function runFile({ file, timeoutMs, onTest, onNote }: FileRun): Promise<FileResult> {
  const result: FileResult = { file, ms: 0, passed: 0, failed: 0, skipped: 0, failures: [], output: [] };
  const began = performance.now();
  const child = fork(file, {
    cwd: ROOT,
    execArgv: [
      `--test-reporter=${REPORTER}`,
      '--test-reporter-destination=stdout',
      ...(file.includes(EMBEDDED) ? ['--test-force-exit'] : []),
    ],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  keepOutput(child, result.output, onNote);
  let summed = false;
  child.on('message', (told: Told) => {
    if (told.kind === 'summary') summed = true;
    take(result, told);
    if (told.kind === 'test') onTest?.(told);
  });
  const ended = await endOf(child, timeoutMs);
  result.ms = performance.now() - began;
  if (!summed || (ended !== null && result.failed === 0)) addFailure(result, ended ?? 'it ended without running');
  return result;
}

function take(result: FileResult, told: Told): void {
  if (told.kind === 'summary') {
    result.passed += told.passed;
    result.failed += told.failed;
    result.skipped += told.skipped;
  } else if (told.error !== null) {
    result.failures.push({ name: told.name, error: told.error });
  }
}

function addFailure(result: FileResult, error: string): void {
  result.failed += 1;
  result.failures.push({ name: 'the file itself', error });
}

function keepOutput(child: ChildProcess, kept: string[], onNote: FileRun['onNote']): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      if (line === '') return;
      if (line.startsWith(NOTE)) onNote?.(line);
      kept.push(line);
      kept.splice(0, Math.max(0, kept.length - KEPT_LINES));
    });
  }
}

/** @returns null when it ended well, else why it did not */
function endOf(child: ChildProcess, timeoutMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    let why: string | null = null;
    const tooLate = setTimeout(() => {
      why = `it was still running after ${timeoutMs / 1000} s`;
      end(child);
    }, timeoutMs);
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => {
      clearTimeout(tooLate);
      resolve(why ?? (code === 0 ? null : `it ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}
