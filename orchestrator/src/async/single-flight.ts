/** One run for all who want the same thing at the same time. It is aborted only when none of them waits any more. */

interface Flight<T> {
  result: Promise<T>;
  waiting: number;
  abort: AbortController;
}

export type SharedWork<T> = (work: {
  key: string;
  run: (signal: AbortSignal) => Promise<T>;
  signal: AbortSignal;
}) => Promise<T>;

export function createSharedWork<T>(): SharedWork<T> {
  const flights = new Map<string, Flight<T>>();

  function takeOff(key: string, run: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const abort = new AbortController();
    const result = run(abort.signal).finally(() => {
      if (flights.get(key) === flight) flights.delete(key);
    });
    const flight: Flight<T> = { result, waiting: 0, abort };
    flights.set(key, flight);
    return flight;
  }

  return async ({ key, run, signal }) => {
    signal.throwIfAborted();
    const flight = flights.get(key) ?? takeOff(key, run);
    flight.waiting += 1;
    try {
      return await orAborted(flight.result, signal);
    } finally {
      flight.waiting -= 1;
      // Still listed: nobody waits for it and it has not ended.
      if (flight.waiting === 0 && flights.get(key) === flight) {
        flights.delete(key);
        flight.abort.abort(signal.reason);
      }
    }
  };
}

function orAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  result.then(resolve, reject);
  return promise.finally(() => signal.removeEventListener('abort', onAbort));
}
