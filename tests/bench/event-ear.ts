/** Registry events with the moment at which the event stream brought them: what a person sees, and when. */
import type { RegistryEvent } from '../../orchestrator/src/domain/event.ts';
import type { ApiClient } from '../support/agents/api-client.ts';

export interface Shown {
  /** Monotonic milliseconds. */
  at: number;
  event: RegistryEvent;
}

export interface EventEar {
  /** Everything shown so far, oldest first. */
  readonly shown: readonly Shown[];
  /** Resolves with the first that matches from now on. */
  next(matches: (event: RegistryEvent) => boolean): Promise<Shown>;
  close(): void;
}

const DEADLINE_MS = 60_000;

export function hearEvents(api: ApiClient): EventEar {
  const shown: Shown[] = [];
  const listeners = new Set<(one: Shown) => void>();
  const over = new AbortController();
  const hear = async () => {
    for await (const event of api.events(over.signal)) {
      const one = { at: performance.now(), event };
      shown.push(one);
      for (const listener of listeners) listener(one);
    }
  };
  hear().catch((error) => {
    if (!over.signal.aborted) console.error('the event stream ended', error);
  });
  return {
    shown,
    next: (matches) =>
      new Promise((resolve, reject) => {
        const tooLate = setTimeout(() => {
          listeners.delete(listener);
          reject(new Error(`no such event in ${DEADLINE_MS / 1000} s`));
        }, DEADLINE_MS);
        const listener = (one: Shown) => {
          if (!matches(one.event)) return;
          clearTimeout(tooLate);
          listeners.delete(listener);
          resolve(one);
        };
        listeners.add(listener);
      }),
    close: () => over.abort(),
  };
}
