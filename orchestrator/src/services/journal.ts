/** Answers that outlive the process, so that it does not pay for them twice (BUS.md, rule 14). */

export interface Journal {
  /** @returns the result that was kept under this key, or null. @throws unavailable */
  find(key: string): Promise<{ result: unknown } | null>;
  /** Written down when it resolves. @throws unavailable */
  keep(key: string, result: unknown): Promise<void>;
}

/** Keeps nothing: answers last as long as the process. */
export const noJournal: Journal = { find: async () => null, keep: async () => {} };
