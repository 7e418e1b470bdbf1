/** Waits for an answer as long as it may take: what a question costs beside its message. */
import type { Timers } from '../domain/ports/ports.ts';

interface Deadline {
  clock: Timers;
  ms: number;
  /** The error, made when it is needed. */
  late: () => Error;
  /** Aborting it ends the waiting with its reason. */
  signal?: AbortSignal | undefined;
}

/** @returns what `work` resolves with; rejects as it does, and when it is too late */
export async function inTime<T>(work: Promise<T>, { clock, ms, late, signal }: Deadline): Promise<T> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const cancel = () => reject(signal?.reason);
  const callOff = clock.after(ms, () => reject(late()));
  signal?.addEventListener('abort', cancel);
  if (signal?.aborted) cancel();
  try {
    return await Promise.race([work, ended]);
  } finally {
    callOff();
    signal?.removeEventListener('abort', cancel);
  }
}
