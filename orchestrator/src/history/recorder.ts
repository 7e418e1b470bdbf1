/** Takes what happens to where it is kept, in order, in the background; what cannot be kept is counted and dropped. */
import { asHairemError, type ErrorCode } from '../domain/errors/errors.ts';
import type { Log } from '../domain/ports/log.ts';
import type { Clock } from '../domain/ports/ports.ts';
import type { HistoryEntry } from '../domain/ports/stores.ts';
import type { ServicesClient } from '../rpc/services-client.ts';

export interface Recorder {
  note(entry: HistoryEntry): void;
  /** Runs until the signal aborts; while nothing waits it costs nothing. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

const BATCH = 100;
const BATCH_BYTES = 256 * 1024;
/** What comes meanwhile goes with it; while the services are away, when to try again. */
const GATHER_MS = 500;
const DEADLINE_MS = 60_000;
/** It will not be better the next time. */
const HOPELESS: ReadonlySet<ErrorCode> = new Set(['bad_request', 'too_large']);

interface Tools {
  ask: ServicesClient;
  clock: Clock;
  log: Log;
  /** Of what it is the history, for the log. */
  of: string;
  /** Entries that wait while the services are away; then the oldest are dropped. */
  most: number;
}

export function createRecorder({ ask, clock, log, of, most }: Tools): Recorder {
  const waiting: HistoryEntry[] = [];
  let ring = () => {};
  let dropped = 0;
  let isAway = false;
  let isRefused = false;
  /** So many go one by one: one of them spoils the batch. */
  let suspects = 0;

  const refused = (entries: readonly HistoryEntry[], error: unknown) => {
    if (entries.length > 1) {
      suspects = entries.length;
      return;
    }
    waiting.shift();
    dropped += 1;
    if (!isRefused) log.warn('this cannot be history', { of, id: entries[0]?.id, error });
    isRefused = true;
  };
  const keepSome = async (signal: AbortSignal) => {
    const entries = nextBatch(waiting, suspects > 0 ? 1 : BATCH);
    suspects = Math.max(0, suspects - 1);
    try {
      await ask({ service: 'history', op: 'add', args: { entries }, deadlineMs: DEADLINE_MS, signal });
      waiting.splice(0, entries.length);
      if (isAway) log.info('history is kept again', { of, dropped });
      isAway = false;
      isRefused = false;
    } catch (error) {
      if (signal.aborted) return;
      if (HOPELESS.has(asHairemError(error).code)) return refused(entries, error);
      if (!isAway) log.warn('history is not kept for now', { of, error });
      isAway = true;
    }
  };
  return {
    note(entry) {
      waiting.push(entry);
      ring();
      if (waiting.length <= most) return;
      waiting.splice(BATCH, 1); // what is being sent now stays where it is
      dropped += 1;
    },
    async run(signal) {
      signal.addEventListener('abort', () => ring(), { once: true });
      while (!signal.aborted) {
        if (waiting.length === 0) await new Promise<void>((resolve) => (ring = resolve));
        await clock.sleep(GATHER_MS, signal).catch(() => {});
        do if (!signal.aborted) await keepSome(signal);
        while (waiting.length > 0 && !isAway && !signal.aborted);
      }
    },
  };
}

function nextBatch(waiting: readonly HistoryEntry[], most: number): HistoryEntry[] {
  const batch: HistoryEntry[] = [];
  let bytes = 0;
  for (const entry of waiting.slice(0, most)) {
    bytes += JSON.stringify(entry).length;
    if (batch.length > 0 && bytes > BATCH_BYTES) break;
    batch.push(entry);
  }
  return batch;
}
