/** "Look again", coalesced: any number of calls while the loop is at work make one more pass. */
import type { Clock } from '../domain/ports/ports.ts';

export interface Wake {
  wake(): void;
  /** Resolves when woken since the last call, or after `ms`, or when the signal aborts. */
  next(ms: number, signal: AbortSignal): Promise<void>;
}

export function createWake(clock: Pick<Clock, 'sleep'>): Wake {
  let pending = false;
  let ring: (() => void) | null = null;
  return {
    wake() {
      pending = true;
      ring?.();
    },
    async next(ms, signal) {
      if (!pending && ms > 0 && !signal.aborted) {
        const over = new AbortController();
        ring = () => over.abort();
        await clock.sleep(ms, AbortSignal.any([over.signal, signal])).catch(() => {});
        ring = null;
      }
      pending = false;
    },
  };
}
