/** Why a service did not do what it was asked for. */

/** Thrown by `memory`, `registry` and the other services; its message is for people. */
export class ServiceError extends Error {
  /**
   * `timeout` (no answer in time) · `unavailable` (its store or provider is away, or the service itself) · `busy` (too
   * much at once) · `bad_request` · `too_large` (more than 1 MiB) · `refused` (Redis or a rule forbids it) · `not_found` ·
   * `cancelled` (the handler, the task or the caller's own signal) · `internal`, and codes of the service's own.
   */
  readonly code: string;

  /** @param message says what was not done, and why */
  constructor(code: string, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.name = 'ServiceError';
    this.code = code;
  }
}
