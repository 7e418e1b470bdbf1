/** Those who listen to one thing. Each call stands in a net of its own: where one throws or rejects, the others hear. */
import type { NoteFailure } from '../domain/errors/failures.ts';

export interface Listeners<Args extends readonly unknown[]> {
  /** @returns what takes it away again */
  add(listener: (...args: Args) => unknown): () => void;
  /** Never throws. */
  tell(...args: Args): void;
}

/** @param about of whom a failure is told, for example `messages of the bus` */
export function createListeners<Args extends readonly unknown[]>(about: string, note: NoteFailure): Listeners<Args> {
  const listeners = new Set<{ hear: (...args: Args) => unknown }>();
  return {
    add(hear) {
      const entry = { hear };
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
    tell(...args) {
      for (const { hear } of [...listeners]) inNet(() => hear(...args), about, note);
    },
  };
}

/** Runs it now; a throw, and a rejection later, are noted. Never throws. */
export function inNet(run: () => unknown, about: string, note: NoteFailure): void {
  try {
    const result = run();
    if (result instanceof Promise) result.catch((error: unknown) => note(error, about));
  } catch (error) {
    note(error, about);
  }
}
