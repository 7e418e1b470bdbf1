/** Takes what happens to where it is kept, in order, in the background; what cannot be kept is counted and dropped. */
import type { Log } from '../domain/log.ts';
import type { Clock } from '../domain/ports.ts';
import type { HistoryEntry } from '../domain/stores.ts';
import type { AskServices } from './ask-services.ts';

export interface HistoryKeeper {
  note(entry: HistoryEntry): void;
  /** Runs until the signal aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

/** Some minutes of a busy crew: as long as the services may well be away. */
const MOST_WAITING = 5_000;
const BATCH = 100;
const BATCH_BYTES = 256 * 1024;
const EVERY_MS = 500;
const DEADLINE_MS = 60_000;

interface Tools {
  ask: AskServices;
  clock: Clock;
  log: Log;
}

export function createHistoryKeeper({ ask, clock, log }: Tools): HistoryKeeper {
  const waiting: HistoryEntry[] = [];
  let dropped = 0;
  let isAway = false;

  const keepSome = async (signal: AbortSignal) => {
    const entries = nextBatch(waiting);
    try {
      await ask({ service: 'history', op: 'add', args: { entries }, deadlineMs: DEADLINE_MS, signal });
      waiting.splice(0, entries.length);
      if (isAway) log.info('history is kept again', { dropped });
      isAway = false;
    } catch (error) {
      if (!isAway && !signal.aborted) log.warn('history is not kept for now', { error });
      isAway = true;
    }
  };
  return {
    note(entry) {
      waiting.push(entry);
      if (waiting.length <= MOST_WAITING) return;
      waiting.splice(BATCH, 1); // what is being sent now stays where it is
      dropped += 1;
    },
    async run(signal) {
      while (!signal.aborted) {
        while (waiting.length > 0 && !isAway && !signal.aborted) await keepSome(signal);
        await clock.sleep(EVERY_MS, signal).catch(() => {});
        if (isAway && waiting.length > 0 && !signal.aborted) await keepSome(signal);
      }
    },
  };
}

function nextBatch(waiting: readonly HistoryEntry[]): HistoryEntry[] {
  const batch: HistoryEntry[] = [];
  let bytes = 0;
  for (const entry of waiting.slice(0, BATCH)) {
    bytes += JSON.stringify(entry).length;
    if (batch.length > 0 && bytes > BATCH_BYTES) break;
    batch.push(entry);
  }
  return batch;
}
