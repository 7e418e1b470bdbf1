/**
 * Checks the code of bundles in a thread with limits (code-checker-worker.ts), one file at a time. Whatever goes wrong in
 * there, a trap, no end, no memory, is a problem of the file that was looked at; the thread is ended, and the next file has a
 * new one.
 */

import { Worker } from 'node:worker_threads';
import type { Problem } from '../../domain/desired.ts';
import { wordsOf } from '../../domain/errors/error-text.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import type { LogicFile } from './check-logic.ts';
import type { CheckAnswer, Checked, CheckTask } from './code-checker-worker.ts';
import type { SourceText } from './module-outline.ts';

/** Rejects with internal where no thread can be started: that is no fault of the file. */
export interface CodeChecker {
  /** @param content of the logic file of that name */
  checkLogic(file: LogicFile, content: Uint8Array): Promise<Problem[]>;
  /** @param source TypeScript; @returns JavaScript, or null and what is wrong */
  stripTypes(path: string, source: Uint8Array): Promise<Checked>;
  /** @returns what it takes and gives; null where that cannot be told */
  outline(text: SourceText): Promise<Checked['outline']>;
  /** Ends the thread; a task that is under way is broken. */
  close(): Promise<void>;
}

export interface CodeCheckerOptions {
  /** The longest that one task may take in a thread that is ready. */
  taskMs?: number;
  /** The longest that a thread may take to start. */
  startMs?: number;
  /** A thread without work is ended after this: it holds 10 MiB. */
  idleMs?: number;
}

const LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 };
const THREAD = new URL('./code-checker-worker.ts', import.meta.url);

export function createCodeChecker({
  taskMs = 10_000,
  startMs = 60_000,
  idleMs = 60_000,
}: CodeCheckerOptions = {}): CodeChecker {
  let thread: Thread | null = null;
  let idle: NodeJS.Timeout | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  async function end(): Promise<void> {
    const ending = thread;
    thread = null;
    await ending?.end();
  }

  async function inThread(task: CheckTask, file: string): Promise<Checked> {
    clearTimeout(idle);
    thread ??= await startThread({ withinMs: startMs, onEnd: () => (thread = null) });
    try {
      return await thread.run(task, taskMs);
    } catch (error) {
      await end();
      return { problems: [brokenBy(error, file)], code: null, outline: null };
    } finally {
      idle = setTimeout(end, idleMs).unref();
    }
  }

  /** One at a time, in the order of the calls. */
  function run(task: CheckTask, file: string): Promise<Checked> {
    const checked = turn.then(() => inThread(task, file));
    turn = checked.catch(() => {});
    return checked;
  }

  return {
    checkLogic: async (file, content) => (await run({ kind: 'logic', file, content }, file)).problems,
    stripTypes: (path, source) => run({ kind: 'strip', path, source }, path),
    outline: async (text) => (await run({ kind: 'outline', ...text }, text.path)).outline,
    async close() {
      clearTimeout(idle);
      await end();
    },
  };
}

function brokenBy(error: unknown, file: string): Problem {
  const message = `${file} cannot be checked: ${inShort(error)}`;
  return { severity: 'error', file, line: null, column: null, path: '', message };
}

const inShort = (error: unknown) => (wordsOf(error).split('\n', 1)[0] ?? '').slice(0, 200);

interface Thread {
  /** @throws where the thread ends, breaks or does not answer in time */
  run(task: CheckTask, withinMs: number): Promise<Checked>;
  end(): Promise<void>;
}

async function startThread({ withinMs, onEnd }: { withinMs: number; onEnd: () => void }): Promise<Thread> {
  // Nothing of this process' environment: what parses a foreign text needs none of it.
  const worker = new Worker(THREAD, { resourceLimits: LIMITS, env: {}, stdin: false });
  worker.unref();
  worker.on('error', () => {}); // whoever waits for an answer hears it; an idle thread has nobody
  worker.once('exit', onEnd);
  const end = async () => void (await worker.terminate());
  try {
    await nextAnswer(worker, withinMs);
  } catch (cause) {
    await end();
    throw new HairemError('internal', `the thread that checks code does not start: ${inShort(cause)}`, { cause });
  }
  return {
    async run(task, taskMs) {
      const answered = nextAnswer(worker, taskMs);
      worker.postMessage(task);
      const answer = await answered;
      if (answer.kind === 'done') return answer.checked;
      throw new Error(answer.kind === 'failed' ? answer.message : 'the thread began anew');
    },
    end,
  };
}

/** A worker without a reference would let the process end in the middle of a task: the timer holds it. */
function nextAnswer(worker: Worker, withinMs: number): Promise<CheckAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<CheckAnswer>();
  const late = () => reject(new Error(`it took longer than ${withinMs / 1000} s`));
  const gone = () => reject(new Error('its thread ended'));
  const timer = setTimeout(late, withinMs);
  worker.once('message', resolve).once('error', reject).once('exit', gone);
  return promise.finally(() => {
    clearTimeout(timer);
    worker.off('message', resolve).off('error', reject).off('exit', gone);
  });
}
