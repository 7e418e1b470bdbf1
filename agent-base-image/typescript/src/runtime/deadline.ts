/** Waits for an answer as long as it may take, and no longer than its cause lives: what a question costs beside its message. */
import type { Clock } from './clock.ts';

interface Deadline {
  clock: Pick<Clock, 'after'>;
  ms: number;
  /** Any of them ends the waiting. */
  signals: readonly AbortSignal[];
  /** The errors, made when they are needed. */
  late: () => Error;
  cancelled: () => Error;
}

/** @returns what `work` resolves with; rejects as it does, when it is too late, and when a signal aborts */
export async function inTime<T>(work: Promise<T>, { clock, ms, signals, late, cancelled }: Deadline): Promise<T> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const cancel = () => reject(cancelled());
  const callOff = clock.after(ms, () => reject(late()));
  for (const signal of signals) signal.addEventListener('abort', cancel);
  if (signals.some(({ aborted }) => aborted)) cancel();
  try {
    return await Promise.race([work, ended]);
  } finally {
    callOff();
    for (const signal of signals) signal.removeEventListener('abort', cancel);
  }
}
