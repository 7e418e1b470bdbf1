/** What went wrong between us and a provider of language models, in words that say what to do, and whether to try again. */

import OpenAI from 'openai';
import { codesIn } from '../domain/error-codes.ts';
import { type ErrorCode, HairemError } from '../domain/errors.ts';
import type { ModelSettings } from '../domain/language-model.ts';
import { isError, wordsOf } from '../domain/words-of.ts';
import { plainError, plainLine } from './llm-said.ts';

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
}

export function failureOf(thrown: unknown, about: About): Failure {
  const { settings, signal, timeoutMs } = about;
  const at = `the language model at ${settings.baseUrl}`;
  const once = (code: ErrorCode, message: string): Failure => ({ ...fail(code, message), retry: false });
  const fail = (code: ErrorCode, message: string): Failure => ({
    error: new HairemError(code, withoutKey(message, settings.apiKey), { cause: thrown }),
    retry: true,
    retryAfter: null,
  });
  if (signal.aborted) return once('cancelled', 'the call was given up');
  const ours = oursIn(thrown);
  if (ours) return { error: ours, retry: ours.code === 'unavailable', retryAfter: null };
  if (isTimeout(thrown)) return once('timeout', `${at} said nothing for ${timeoutMs / 1000} s`);
  // Its message would have the beginning of what was said.
  if (thrown instanceof SyntaxError) return fail('unavailable', `${at} said something that is not JSON`);
  if (!(thrown instanceof OpenAI.APIError))
    return fail('unavailable', `${at} broke off: ${reasonOf(thrown, settings)}`);
  if (thrown instanceof OpenAI.APIConnectionError)
    return fail('unavailable', `${at} cannot be reached: ${reasonOf(thrown, settings)}`);
  return ofStatus(thrown, { about, at, once, fail });
}

interface Say {
  about: About;
  at: string;
  once(code: ErrorCode, message: string): Failure;
  fail(code: ErrorCode, message: string): Failure;
}

function ofStatus(error: InstanceType<typeof OpenAI.APIError>, { about, at, once, fail }: Say): Failure {
  const { settings, model } = about;
  const status = Number(error.status ?? 0);
  const said = saidBy(error, settings);
  if (status === 401) return once('unauthorized', refusedKey(at, settings, said));
  if (status === 402) return once('refused', `${at} wants to be paid first (402)${said}`);
  if (status === 403) return once('refused', `${at} forbids it (403)${said}`);
  if (status === 404) {
    return once('bad_request', `${at} knows no "${model}", or its base URL is another (404; most end in /v1)${said}`);
  }
  if (status === 413) return once('too_large', `${at} finds it too large (413)${said}`);
  if (status === 429) return limited(error, { at, said, once, fail });
  if (status === 408 || status === 409) return fail('unavailable', `${at} is busy (${status})${said}`);
  if (status >= 400 && status < 500) return once('bad_request', `${at} does not understand it (${status})${said}`);
  const what = status >= 500 ? `failed (${status})` : 'failed while it spoke';
  return { ...fail('unavailable', `${at} ${what}${said}`), retryAfter: retryAfterOf(error) };
}

function limited(
  error: InstanceType<typeof OpenAI.APIError>,
  { at, said, once, fail }: Omit<Say, 'about'> & { said: string },
): Failure {
  if (error.code === 'insufficient_quota') return once('rate_limited', `${at} has no quota left (429)${said}`);
  const wait = retryAfterOf(error);
  const later = wait === null ? '' : `, and asks to wait ${Math.ceil(wait / 1000)} s`;
  return { ...fail('rate_limited', `${at} has had too many calls (429)${later}${said}`), retryAfter: wait };
}

/** Seconds, or a date. */
function retryAfterOf({ headers }: InstanceType<typeof OpenAI.APIError>): number | null {
  const milliseconds = Number(headers?.get('retry-after-ms') ?? Number.NaN);
  if (milliseconds >= 0) return milliseconds;
  const text = headers?.get('retry-after');
  if (!text) return null;
  const wait = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, wait) : null;
}

function refusedKey(at: string, { apiKey }: ModelSettings, said: string): string {
  const advice = 'set HAIREM_LLM_API_KEY, or the secret LLM_API_KEY of the agent';
  return apiKey ? `${at} refuses the key (401)${said} (${advice})` : `${at} wants a key (401): ${advice}`;
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there: is it running, and on an address that containers reach?',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name cannot be looked up now',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ETIMEDOUT: 'that host does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'that host does not answer',
  ECONNRESET: 'it ended the connection',
  UND_ERR_SOCKET: 'it ended the connection',
};

function reasonOf(thrown: unknown, { apiKey }: ModelSettings): string {
  const known = codesIn(thrown).find((code) => code in REASONS);
  return known ? `${REASONS[known]} (${known})` : plainLine(wordsOf(thrown), apiKey);
}

/** The library wraps what our own `fetch` throws. */
function oursIn(thrown: unknown): HairemError | null {
  if (thrown instanceof HairemError) return thrown;
  return isError(thrown) ? oursIn(thrown.cause) : null;
}

/** `: ` and what a stranger said, bounded; empty where that is nothing. Never its whole answer. */
function saidBy({ error }: InstanceType<typeof OpenAI.APIError>, { apiKey }: ModelSettings): string {
  const { message } = plainError(error, apiKey);
  return message === '' ? '' : `: ${message}`;
}

function isTimeout(thrown: unknown): boolean {
  const isOurs = isError(thrown) && thrown.name === 'TimeoutError';
  return isOurs || thrown instanceof OpenAI.APIConnectionTimeoutError;
}

/** Some providers repeat it in their errors. */
function withoutKey(message: string, apiKey: string | null): string {
  const text = apiKey && apiKey.length >= 6 ? message.replaceAll(apiKey, '•••') : message;
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}
