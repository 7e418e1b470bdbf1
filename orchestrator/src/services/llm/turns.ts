/** So many at a time; the others wait in order. */

export interface Turns {
  /** @returns what gives the turn back; rejects with the signal's reason when it aborts before */
  take(signal: AbortSignal): Promise<() => void>;
}

export function createTurns(most: number): Turns {
  const waiting = new Set<() => void>();
  let taken = 0;

  const give = () => {
    const [next] = waiting;
    if (next) next();
    else taken -= 1;
  };
  const once = () => {
    let given = false;
    return () => {
      if (!given) give();
      given = true;
    };
  };
  return {
    take(signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (taken < most) {
        taken += 1;
        return Promise.resolve(once());
      }
      return new Promise((resolve, reject) => {
        const leave = () => {
          waiting.delete(begin);
          reject(signal.reason);
        };
        const begin = () => {
          waiting.delete(begin);
          signal.removeEventListener('abort', leave);
          resolve(once());
        };
        waiting.add(begin);
        signal.addEventListener('abort', leave, { once: true });
      });
    },
  };
}
