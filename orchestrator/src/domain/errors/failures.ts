/**
 * What failed although nothing should, told so that it can be found and cannot fill a log: the first time of each kind,
 * and then the 10th, the 100th and so on.
 */
import { isError } from './error-text.ts';

/** @param about where it happened: a word of ours, never a text of an agent */
export type NoteFailure = (error: unknown, about: string) => void;

export interface Failure {
  about: string;
  error: unknown;
  /** How many of this kind there were by now. */
  count: number;
}

/** Names of errors are not ours alone: beyond so many kinds all count as one. */
const MOST_KINDS = 100;

export function createFailures(tell: (failure: Failure) => void): NoteFailure {
  const counts = new Map<string, number>();
  return (error, about) => {
    const name = `${about} ${isError(error) ? error.name : typeof error}`;
    const kind = counts.has(name) || counts.size < MOST_KINDS ? name : '';
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    if (Number.isInteger(Math.log10(count))) tell({ about, error, count });
  };
}

/** Where nobody is told: it is then the process that is (`uncaught-errors.ts`). */
export const throwLater: NoteFailure = (error) =>
  queueMicrotask(() => {
    throw error;
  });
