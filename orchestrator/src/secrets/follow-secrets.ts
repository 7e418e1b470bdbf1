/** Looks at the secret files again and again: a mounted folder tells nobody that it changed. */
import type { Clock } from '../domain/ports.ts';
import type { SecretStore } from './secret-store.ts';

const EVERY_MS = 2_000;
const SOON_MS = 200;

/** Runs until the signal aborts. */
export async function followSecrets({
  secrets,
  clock,
  signal,
  onChange,
}: {
  secrets: Pick<SecretStore, 'look' | 'isSettling'>;
  clock: Clock;
  signal: AbortSignal;
  onChange(): void;
}): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(secrets.isSettling() ? SOON_MS : EVERY_MS, signal).catch(() => {});
    if (!signal.aborted && (await secrets.look())) onChange();
  }
}
