/** A bounded number of things at once: first come first served, and nobody has two. */

/** @param owner has one at a time, however many are free; null for nobody in particular */
export type Slots = (owner: string | null, signal: AbortSignal) => Promise<Slot>;

export interface Slot {
  /** From 0; no two that are held have the same. */
  number: number;
  release(): void;
}

interface Waiting {
  owner: string | null;
  take: (slot: number) => void;
}

/** Rejects with the signal's reason. */
export function createSlots(limit: number): Slots {
  const free = Array.from({ length: limit }, (_, number) => number);
  const queue: Waiting[] = [];
  const owners = new Set<string>();

  /** Whoever waits longest of those that have none. */
  function serve(): void {
    const at = queue.findIndex(({ owner }) => owner === null || !owners.has(owner));
    const [next] = at === -1 || free.length === 0 ? [] : queue.splice(at, 1);
    const number = next && free.shift();
    if (next === undefined || number === undefined) return;
    if (next.owner !== null) owners.add(next.owner);
    next.take(number);
  }

  return async (owner, signal) => {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const place: Waiting = { owner, take: resolve };
    const leave = () => {
      const at = queue.indexOf(place);
      if (at === -1) return;
      queue.splice(at, 1);
      reject(signal.reason);
    };
    queue.push(place);
    signal.addEventListener('abort', leave, { once: true });
    serve();
    const number = await promise.finally(() => signal.removeEventListener('abort', leave));
    const giveBack = () => {
      if (owner !== null) owners.delete(owner);
      free.push(number);
      serve();
    };
    return { number, release: once(giveBack) };
  };
}

function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (!done) run();
    done = true;
  };
}
