/**
 * Now and then removes images that this installation made and no version of its agents needs any more. The engine keeps
 * what another image or a container stands on, so no other installation loses what it uses.
 */
import type { Clock } from '../domain/ports/ports.ts';

export interface SweepImages {
  /** Tags as of now, what stands on another before it. */
  unneeded(): readonly string[];
  remove(tag: string): Promise<void>;
  onRemoved(tag: string): void;
  onError(what: string, error: unknown): void;
  clock: Clock;
  signal: AbortSignal;
}

/** Long enough that what was taken back soon after is still there. */
export const SWEEP_MS = 30 * 60_000;

/** Runs until the signal aborts. Never rejects. */
export async function sweepImages(parts: SweepImages): Promise<void> {
  const { clock, signal, onError } = parts;
  while (!signal.aborted) {
    await clock.sleep(SWEEP_MS, signal).catch(() => {});
    if (!signal.aborted) await sweep(parts).catch((error) => onError('removing images that nobody needs', error));
  }
}

/** Each one is asked for anew: meanwhile an agent may have come that needs it. */
async function sweep({ unneeded, remove, onRemoved, signal }: SweepImages): Promise<void> {
  const tried = new Set<string>();
  const next = () => (signal.aborted ? undefined : unneeded().find((tag) => !tried.has(tag)));
  for (let tag = next(); tag !== undefined; tag = next()) {
    tried.add(tag);
    await remove(tag);
    onRemoved(tag);
  }
}
