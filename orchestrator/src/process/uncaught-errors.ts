/**
 * What nobody caught does not end a process of ours: others would be blind because of one. The loop looks at the engine
 * again in any case, a request has its own answer, so what is left of the failed one is nothing that others stand on.
 */
import type { EventEmitter } from 'node:events';
import { createFailures } from '../domain/errors/failures.ts';
import type { Log } from '../domain/ports/log.ts';

/** @returns what takes the nets away again */
export function surviveFailures(log: Log, source: Pick<EventEmitter, 'on' | 'off'> = process): () => void {
  const note = createFailures(({ about, error, count }) =>
    log.error('a failure that nobody caught; please report it', { kind: about, count, error }),
  );
  const onThrown = (error: unknown) => note(error, 'thrown');
  const onRejected = (error: unknown) => note(error, 'rejected');
  source.on('uncaughtException', onThrown);
  source.on('unhandledRejection', onRejected);
  return () => {
    source.off('uncaughtException', onThrown);
    source.off('unhandledRejection', onRejected);
  };
}
