/** What is made once and used by all, and made again when making it failed or it is gone. */
export interface KeptWhileGood<T> {
  /** Made by `make` unless it is there, or being made. @throws what `make` throws */
  get(key: string, make: () => Promise<T>): Promise<T>;
  clear(): void;
  /** All that could be made. */
  all(): Promise<T[]>;
}

export function keptWhileGood<T>(): KeptWhileGood<T> {
  const kept = new Map<string, Promise<T>>();
  return {
    get(key, make) {
      const known = kept.get(key);
      if (known) return known;
      const made = make().catch((thrown) => {
        if (kept.get(key) === made) kept.delete(key);
        throw thrown;
      });
      kept.set(key, made);
      return made;
    },
    clear: () => kept.clear(),
    all: async () =>
      (await Promise.allSettled(kept.values())).flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
  };
}
