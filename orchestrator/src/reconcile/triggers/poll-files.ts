/** Looks at mounted files again and again, the secrets and the owner's list: a mount tells nobody that it changed. */
import type { Clock } from '../../domain/ports/ports.ts';

const EVERY_MS = 2_000;
const SOON_MS = 200;

export interface Looked {
  /** @returns whether something other counts now */
  look(): Promise<boolean>;
  /** Something changed that has not been read twice alike yet: look again soon. */
  isSettling(): boolean;
}

/** Runs until the signal aborts. */
export async function pollFiles({
  source,
  clock,
  signal,
  onLooked,
}: {
  source: Looked;
  clock: Clock;
  signal: AbortSignal;
  onLooked(changed: boolean): void;
}): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(source.isSettling() ? SOON_MS : EVERY_MS, signal).catch(() => {});
    if (!signal.aborted) onLooked(await source.look());
  }
}
