/** Whether a peer gave no answer, or one came and something else is wrong: only of the first "does not answer" is said. */
import { codesIn } from './error-codes.ts';
import { isError } from './error-text.ts';

const SILENCE: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTCONN',
  // Of a unix socket: it is not there, or not for us.
  'ENOENT',
  'EACCES',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
  'ERR_SOCKET_CLOSED',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_SOCKET',
]);

/** Mistakes of a program, ours or a library's: no peer can cause them by being away. */
const MISTAKES: ReadonlySet<string> = new Set([
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
  'ZodError',
  'AssertionError',
]);

export function isNoAnswer(thrown: unknown): boolean {
  return codesIn(thrown).some((code) => SILENCE.has(code));
}

export function isMistake(thrown: unknown): boolean {
  return isError(thrown) && MISTAKES.has(thrown.name) && !isNoAnswer(thrown); // fetch wraps silence in a TypeError
}
