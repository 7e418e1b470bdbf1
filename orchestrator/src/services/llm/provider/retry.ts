/**
 * When a call of a language model is tried again, and when it has said nothing for too long. It is tried again where
 * nothing can have been paid: nobody there, or an error in place of an answer. Anything else would be bought twice.
 */
import { HairemError } from '../../../domain/errors/errors.ts';
import type { ModelCall, ModelSettings } from '../../../domain/llm/language-model.ts';
import type { Clock } from '../../../domain/ports/ports.ts';
import { type Failure, failureOf } from './errors.ts';

export interface Patience {
  clock: Pick<Clock, 'sleep'>;
  /** Without a word from the provider: to its first, and between two pieces of a stream. */
  timeoutMs: number;
  /** All tries of a call together, however steadily a provider drips. */
  totalMs?: number;
  /** How long what comes behind an answer is waited for: its usage. */
  endingMs?: number;
  /** From 0 to 1. */
  random?: () => number;
}

/** As long as an agent asks at all. */
const TOTAL_MS = 10 * 60_000;
const MOST_RETRIES = 3;
const FIRST_WAIT_MS = 500;
/** Whoever asks to wait longer is answered with that: an agent does not wait so long. */
const LONGEST_WAIT_MS = 60_000;

interface Trying {
  settings: ModelSettings;
  model: string;
  call: ModelCall;
}

/** One try: ends it when nothing has been heard for too long, and knows how far it has come. */
export interface Watch {
  signal: AbortSignal;
  heard(): void;
  /** All that matters has come: what may still come is not waited for long. */
  isEnding(): void;
  /** The provider has begun to answer. */
  isAnswered: boolean;
  /** The model has said a piece of it. */
  hasSpoken: boolean;
}

const ENDING_MS = 5_000;

export async function tryAgain<T>(options: Patience, trying: Trying, once: (watch: Watch) => Promise<T>): Promise<T> {
  const { call } = trying;
  const total = AbortSignal.timeout(options.totalMs ?? TOTAL_MS);
  for (let tries = 0; ; tries += 1) {
    const tried = await attempt(options, { ...trying, total }, once);
    if ('result' in tried) return tried.result;
    const waitMs = waitFor(tried.failure, tries, options.random ?? Math.random);
    if (waitMs === null) throw tried.failure.error;
    call.onRetry(tried.failure.error.message, waitMs);
    await options.clock.sleep(waitMs, call.signal).catch(() => {
      throw new HairemError('cancelled', 'the call was given up');
    });
  }
}

async function attempt<T>(
  { timeoutMs, totalMs = TOTAL_MS, endingMs = ENDING_MS }: Patience,
  { settings, model, call, total }: Trying & { total: AbortSignal },
  once: (watch: Watch) => Promise<T>,
): Promise<{ result: T } | { failure: Failure }> {
  const silence = new AbortController();
  const end = () => silence.abort(new DOMException('too long', 'TimeoutError'));
  let patienceMs = timeoutMs;
  let timer = setTimeout(end, patienceMs);
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(end, patienceMs);
  };
  const watch: Watch = {
    signal: AbortSignal.any([call.signal, silence.signal, total]),
    heard,
    isEnding() {
      patienceMs = Math.min(timeoutMs, endingMs);
      heard();
    },
    isAnswered: false,
    hasSpoken: false,
  };
  try {
    return { result: await once(watch) };
  } catch (thrown) {
    const late = total.aborted ? tooLate(settings, totalMs) : null;
    const why = late ?? (silence.signal.aborted ? silence.signal.reason : thrown);
    return { failure: failureOf(why, { ...watch, settings, model, timeoutMs, signal: call.signal }) };
  } finally {
    clearTimeout(timer);
  }
}

function tooLate({ baseUrl }: ModelSettings, totalMs: number): HairemError {
  const what = `the language model at ${baseUrl} was not done in ${totalMs / 1000} s`;
  return new HairemError('timeout', `${what}: set max_tokens in llm_config, or ask for less`);
}

/** @returns milliseconds, or null to give up */
function waitFor({ retry, retryAfter }: Failure, tries: number, random: () => number): number | null {
  if (!retry || tries >= MOST_RETRIES || (retryAfter ?? 0) > LONGEST_WAIT_MS) return null;
  return retryAfter ?? Math.round(FIRST_WAIT_MS * 2 ** tries * (0.75 + random() / 2));
}
