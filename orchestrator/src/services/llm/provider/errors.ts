/** What went wrong between us and a provider of language models, in words that say what to do, and whether to try again. */
import { type ErrorCode, HairemError } from '../../../domain/errors/errors.ts';
import type { ModelSettings } from '../../../domain/llm/language-model.ts';
import { ProviderError, type Said } from './provider-error.ts';
import { lackOfReach, otherScheme } from './unreachable.ts';

export interface Failure {
  error: HairemError;
  /** False where it would end the same way, or might be paid for again. */
  retry: boolean;
  /** Milliseconds that the provider asks us to wait; null where it says nothing. */
  retryAfter: number | null;
}

interface About {
  settings: ModelSettings;
  model: string;
  timeoutMs: number;
  /** The caller's own. */
  signal: AbortSignal;
  /** It has begun to answer, so it is at work on it, or was, and wants to be paid. */
  isAnswered: boolean;
  /** The model has said a piece of it. */
  hasSpoken: boolean;
}

export function failureOf(thrown: unknown, about: About): Failure {
  const { settings, signal, timeoutMs, isAnswered, hasSpoken } = about;
  const at = `the language model at ${settings.baseUrl}`;
  const fail = (code: ErrorCode, message: string): Failure => ({
    error: new HairemError(code, withoutKey(message, settings.apiKey), { cause: thrown }),
    retry: !hasSpoken,
    retryAfter: null,
  });
  const once = (code: ErrorCode, message: string): Failure => ({ ...fail(code, message), retry: false });
  if (signal.aborted) return once('cancelled', 'the call was given up');
  if (thrown instanceof HairemError) return { error: thrown, retry: false, retryAfter: null };
  if (isTimeout(thrown)) return once('timeout', `${at} said nothing for ${timeoutMs / 1000} s`);
  if (thrown instanceof ProviderError) return ofError(thrown.said, { about, at, once, fail });
  const { reason, isCertain } = lackOfReach(thrown, settings, isAnswered);
  if (isAnswered) return once('unavailable', `${at} broke off in the middle: ${reason}`);
  const message = `${at} cannot be reached: ${reason}`;
  return isCertain ? fail('unavailable', message) : once('unavailable', message);
}

interface Say {
  about: About;
  at: string;
  once(code: ErrorCode, message: string): Failure;
  fail(code: ErrorCode, message: string): Failure;
}

/** For providers that answer well and say an error. */
const STATUS_OF: Readonly<Record<string, number>> = {
  invalid_api_key: 401,
  authentication_error: 401,
  model_not_found: 404,
  insufficient_quota: 429,
  rate_limit_exceeded: 429,
  rate_limit_error: 429,
  server_error: 503,
  internal_server_error: 503,
  service_unavailable: 503,
  overloaded: 503,
  overloaded_error: 503,
};
/** A gateway waited in vain for a model that goes on, and is paid. */
const WAITED_IN_VAIN = [504, 524];

function ofError(error: Said, say: Say): Failure {
  const status = error.status ?? STATUS_OF[error.code ?? ''] ?? 0;
  const said = error.message === '' ? '' : `: ${error.message}`;
  const { at, once, fail } = say;
  if (status >= 500) {
    if (WAITED_IN_VAIN.includes(status))
      return once('timeout', `${at} took too long for its gateway (${status})${said}`);
    return { ...fail('unavailable', `${at} failed (${status})${said}`), retryAfter: error.retryAfter };
  }
  if (status >= 400) return ofRefusal({ ...error, status }, said, say);
  if (say.about.hasSpoken) return once('unavailable', `${at} failed while it spoke${said}`);
  return once('unavailable', `${at} answers with an error${said}${pathAdvice(say.about.settings)}`);
}

function ofRefusal({ status, code, retryAfter }: Said, said: string, { about, at, once, fail }: Say): Failure {
  const { settings, model } = about;
  if (status === 401) return once('unauthorized', refusedKey(at, settings, said));
  if (status === 402) return once('refused', `${at} wants to be paid first (402)${said}`);
  if (status === 403) return once('refused', `${at} forbids it (403)${said}`);
  if (status === 404) {
    const what = `${at} knows no "${model}", or its base URL is another (404; most end in /v1)${said}`;
    return once(
      'bad_request',
      `${what} (HAIREM_LLM_MODEL or llm_config.model names a model, HAIREM_LLM_BASE_URL or base_url the address)`,
    );
  }
  if (status === 413) return once('too_large', `${at} finds it too large (413)${said}`);
  if (status === 429) return limited({ code, retryAfter }, said, { at, once, fail });
  if (status === 408 || status === 409) return fail('unavailable', `${at} is busy (${status})${said}`);
  const advice = HTTPS_THERE.test(said) ? ` (write ${otherScheme(new URL(settings.baseUrl))} as base_url)` : '';
  return once('bad_request', `${at} does not understand it (${status})${said}${advice}`);
}

/** As nginx and servers in Go say it. */
const HTTPS_THERE = /http request.*https (server|port)/i;

function limited(
  { code, retryAfter: wait }: Pick<Said, 'code' | 'retryAfter'>,
  said: string,
  { at, once, fail }: Omit<Say, 'about'>,
): Failure {
  if (code === 'insufficient_quota') return once('rate_limited', `${at} has no quota left (429)${said}`);
  const later = wait === null ? '' : `, and asks to wait ${Math.ceil(wait / 1000)} s`;
  return { ...fail('rate_limited', `${at} has had too many calls (429)${later}${said}`), retryAfter: wait };
}

/** LM Studio says so of a path that it does not know, with 200. */
function pathAdvice({ baseUrl }: ModelSettings): string {
  return /\/v\d|openai/.test(new URL(baseUrl).pathname) ? '' : ` (most base URLs end in /v1: ${baseUrl}/v1)`;
}

function refusedKey(at: string, { apiKey }: ModelSettings, said: string): string {
  const advice = 'set HAIREM_LLM_API_KEY, or the secret LLM_API_KEY of the agent';
  return apiKey ? `${at} refuses the key (401)${said} (${advice})` : `${at} wants a key (401): ${advice}`;
}

const isTimeout = (thrown: unknown) => thrown instanceof Error && thrown.name === 'TimeoutError';

/** Some providers repeat it in their errors. */
function withoutKey(message: string, apiKey: string | null): string {
  const text = apiKey && apiKey.length >= 6 ? message.replaceAll(apiKey, '•••') : message;
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}
