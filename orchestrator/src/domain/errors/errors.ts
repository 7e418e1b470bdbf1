/** The one error class of the orchestrator. A code says what happened; HTTP status is one table in `api/`. */
import { isError, wordsOf } from './error-text.ts';

export type ErrorCode =
  | 'api_unavailable' // the CLI finds no orchestrator at the API's address
  | 'bad_config' // an environment variable or argument is wrong
  | 'bad_request' // what is asked for cannot be understood
  | 'bundle_invalid' // the files of a bundle break a rule of BUNDLE.md or SECURITY.md
  | 'build_failed' // the engine could not build an image; `log` has the last lines
  | 'bus_unavailable' // Redis is not connected
  | 'busy' // too much at once: later it may succeed
  | 'cancelled' // nobody waits for it any more
  | 'conflict' // what is asked for contradicts the present state
  | 'engine_refused' // the engine answered with an error
  | 'engine_unavailable' // nothing answers on the engine's socket
  | 'instance_died' // a container ended before it could be used
  | 'not_configured' // a setting is missing, and the message says which
  | 'not_found'
  | 'not_ready' // an instance did not reach the state in time
  | 'rate_limited' // a provider has had too many calls
  | 'refused' // a rule does not allow it
  | 'rejected' // a bundle's own setup or self-test refused the update
  | 'timeout'
  | 'too_large' // it does not fit into one message of the bus
  | 'unauthorized'
  | 'unavailable' // what a service stands on, its store or its provider, does not answer
  | 'internal';

export class HairemError extends Error {
  readonly code: ErrorCode;
  /** The last lines of a log that explain it, oldest first. */
  readonly log: readonly string[];

  constructor(
    code: ErrorCode,
    message: string,
    { cause, log = [] }: { cause?: unknown; log?: readonly string[] } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'HairemError';
    this.code = code;
    this.log = log;
  }
}

/** What was thrown, as our error: unknown ones become `internal` and keep their cause. */
export function asHairemError(thrown: unknown): HairemError {
  if (isError(thrown) && thrown instanceof HairemError) return thrown;
  return new HairemError('internal', wordsOf(thrown), { cause: thrown });
}
