/** Why a message of this agent was not sent, or an `ask` has no answer. */

/** What went wrong, for code. */
export type SendErrorCode =
  | 'cancelled' // the handler or task that sends was cancelled
  | 'instance_died' // whoever had the question ended before it answered: it may have done part of it
  | 'not_active' // this instance may not speak now, for example in `setup()`
  | 'not_there' // nobody acts for that agent: stopped, invalid, unknown; the message says what to do
  | 'refused' // Redis or a rule forbids it: an undeclared peer, a broadcast because of a broadcast
  | 'timeout' // no answer, or no connection, in time
  | 'too_large' // more than 1 MiB
  | 'ttl_spent' // too many messages followed from one another
  | 'unknown_outcome'; // the connection broke before Redis answered: it may have been sent

/** Thrown by `send`, `reply`, `say` and `ask`; its message is for people. */
export class SendError extends Error {
  /** After `timeout`, `cancelled`, `instance_died` and `unknown_outcome` the message may have been sent. */
  readonly code: SendErrorCode;

  /** @param message says what was not sent, and why */
  constructor(code: SendErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.name = 'SendError';
    this.code = code;
  }
}
