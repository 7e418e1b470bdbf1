/** What SurrealDB's driver throws, in our codes and words: the store refused, is not there, or cannot hold such a value. */

import { isError, wordsOf } from '../../domain/errors/error-text.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import { isMistake, isNoAnswer } from '../../domain/errors/no-answer.ts';

/** @param what the store, as it is called in the sentence */
export function storeError(thrown: unknown, what: string): HairemError {
  if (thrown instanceof HairemError) return thrown;
  const message = wordsOf(thrown);
  if (/transaction conflict|can be retried/i.test(message)) {
    return new HairemError('conflict', 'too many wrote the same thing at the same time', { cause: thrown });
  }
  const kind = kindOf(thrown);
  if (kind === null) return unanswered(thrown, what);
  if (kind === 'NotAllowed') return new HairemError('refused', message, { cause: thrown });
  const code = /exceeded the timeout/.test(message) ? 'timeout' : 'bad_request';
  return new HairemError(code, message, { cause: thrown });
}

/** Of what the server answered (the driver's ServerError); null for what it did not. */
function kindOf(thrown: unknown): string | null {
  return isError(thrown) && 'kind' in thrown && typeof thrown.kind === 'string' ? thrown.kind : null;
}

/** What the driver throws by itself: there is nobody, or it cannot send what it is to send. */
function unanswered(cause: unknown, what: string): HairemError {
  const message = wordsOf(cause);
  const name = nameOf(cause);
  if (SILENCE.test(name) || isNoAnswer(cause) || NO_CONNECTION.test(message))
    return new HairemError('unavailable', `${what} does not answer: ${message}`, { cause });
  if (UNFIT.test(name) || UNFIT_WORDS.test(message) || isMistake(cause))
    return new HairemError('bad_request', `${what} cannot hold such a value: ${message}`, { cause });
  return new HairemError('unavailable', `${what} failed: ${message}`, { cause });
}

/** Classes of the driver. */
const SILENCE = /^(?:CallTerminated|Reconnect\w+|UnexpectedConnection|ConnectionUnavailable|HttpConnection)Error$/;
/** The encoder throws plain objects that have a name. */
const UNFIT = /^(?:Cbor\w*|Sqon|SurrealSqon|Invalid(?:Date|RecordId|Duration|Decimal|Table))Error$/;
const UNFIT_WORDS = /^Expected \w+ (?:key|value) to be/;
const NO_CONNECTION = /^no connection in/;

function nameOf(thrown: unknown): string {
  const name = typeof thrown === 'object' && thrown !== null && 'name' in thrown ? thrown.name : '';
  return typeof name === 'string' ? name : '';
}
