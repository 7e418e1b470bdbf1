/** A bounded number of things at once, first come first served. */

export type Slots = (signal: AbortSignal) => Promise<() => void>;

/** Resolves with a function that gives the slot back; rejects with the signal's reason. */
export function createSlots(limit: number): Slots {
  const queue: (() => void)[] = [];
  let free = limit;

  function giveBack(): void {
    const next = queue.shift();
    if (next) next();
    else free += 1;
  }

  return async (signal) => {
    signal.throwIfAborted();
    if (free > 0) free -= 1;
    else await inQueue(queue, signal);
    return once(giveBack);
  };
}

function inQueue(queue: (() => void)[], signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const leave = () => {
    const place = queue.indexOf(resolve);
    if (place === -1) return;
    queue.splice(place, 1);
    reject(signal.reason);
  };
  queue.push(resolve);
  signal.addEventListener('abort', leave, { once: true });
  return promise.finally(() => signal.removeEventListener('abort', leave));
}

function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (!done) run();
    done = true;
  };
}
