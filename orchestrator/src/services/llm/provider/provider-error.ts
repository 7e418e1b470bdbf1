/** An error as a provider of language models said it, on its way to `provider/errors.ts`, which says it to agents. */
import type { PlainError } from './foreign-text.ts';

export interface Said extends PlainError {
  /** Of HTTP, or as an answer that began well says it; null where it says none. */
  status: number | null;
  /** Milliseconds that the provider asks us to wait; null where it says nothing. */
  retryAfter: number | null;
}

/** Stays among the adapters: agents see what `failureOf` makes of it. */
export class ProviderError extends Error {
  readonly said: Said;

  constructor(said: Said) {
    super(said.message);
    this.name = 'ProviderError';
    this.said = said;
  }
}
