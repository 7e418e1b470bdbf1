/**
 * The thread in which a bundle's code is checked and its types are stripped. A parser that a hostile file breaks, or keeps
 * busy, is ended with the thread; the event loop of the process goes on meanwhile. It imports little: it starts in 25 ms.
 */

import { parentPort } from 'node:worker_threads';
import type { Problem } from '../../domain/desired.ts';
import { wordsOf } from '../../domain/errors/error-text.ts';
import { checkLogic, type LogicFile } from './check-logic.ts';
import { type ModuleOutline, outlineModule, type SourceText } from './module-outline.ts';
import { stripTypes } from './strip-types.ts';

/** One file to look at. Bytes come as they are in the bundle. */
export type CheckTask =
  | { kind: 'logic'; file: LogicFile; content: Uint8Array }
  | { kind: 'strip'; path: string; source: Uint8Array }
  | ({ kind: 'outline' } & SourceText);

/** What is wrong with a file, what it became where it was to become something, and what it takes and gives. */
export interface Checked {
  problems: Problem[];
  code: Uint8Array | null;
  outline: ModuleOutline | null;
}

/** `ready` once, then one answer a task, in order. `failed`: the parser broke; nothing that it says later is believed. */
export type CheckAnswer = { kind: 'ready' } | { kind: 'done'; checked: Checked } | { kind: 'failed'; message: string };

function run(task: CheckTask): Checked {
  const nothing = { problems: [], code: null, outline: null };
  if (task.kind === 'logic') return { ...nothing, problems: checkLogic(task.file, Buffer.from(task.content)) };
  if (task.kind === 'outline') return { ...nothing, outline: outlineModule(task) };
  const stripped = stripTypes(task.path, Buffer.from(task.source));
  return 'problem' in stripped ? { ...nothing, problems: [stripped.problem] } : { ...nothing, code: stripped.code };
}

function answer(task: CheckTask): CheckAnswer {
  try {
    return { kind: 'done', checked: run(task) };
  } catch (error) {
    return { kind: 'failed', message: wordsOf(error) };
  }
}

parentPort?.on('message', (task: CheckTask) => parentPort?.postMessage(answer(task)));
parentPort?.postMessage({ kind: 'ready' } satisfies CheckAnswer);
