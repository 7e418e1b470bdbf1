/** Whether there is room where hAIrem keeps its state, for `/api/status`: said before the next version finds out. */
import type { SystemEvent } from '../../domain/event.ts';
import type { Clock } from '../../domain/ports/ports.ts';

export interface WatchDisk {
  /** The data folder, as people know it. */
  dir: string;
  /** Bytes that are free there. */
  free(): Promise<number>;
  clock: Clock;
  /** Says a change once, however often it is called. */
  system(key: SystemEvent['key'], ok: boolean, because: string): void;
  signal: AbortSignal;
}

const LOOK_MS = 10_000;
/** More than a bundle may be (bundle/limits.ts), since its copy is what is written there. */
const NEEDED = 64 * 2 ** 20;

/** Runs until the signal aborts. Never rejects. */
export async function watchDiskSpace({ dir, free, clock, system, signal }: WatchDisk): Promise<void> {
  while (!signal.aborted) {
    // Where that cannot be asked, writing says it.
    const bytes = await free().catch(() => Number.POSITIVE_INFINITY);
    system('disk', bytes >= NEEDED, bytes >= NEEDED ? 'there is room for state again' : shortOf(dir, bytes));
    await clock.sleep(LOOK_MS, signal).catch(() => {});
  }
}

function shortOf(dir: string, bytes: number): string {
  const left = `only ${Math.floor(bytes / 2 ** 20)} MB are free where hAIrem keeps its state (${dir})`;
  return `${left}, it needs ${NEEDED / 2 ** 20}: new versions may not be taken; agents go on. Make room on that disk`;
}
