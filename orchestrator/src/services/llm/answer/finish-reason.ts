/** How an answer ended, in one set of words for all providers, and what to tell people where it is not whole. Pure. */
import type { ChatResult } from '../../../domain/llm/language-model.ts';

const WORDS: Readonly<Record<string, string>> = {
  eos: 'stop',
  eos_token: 'stop',
  end_turn: 'stop',
  stop_sequence: 'stop',
  complete: 'stop',
  completed: 'stop',
  finish: 'stop',
  finished: 'stop',
  done: 'stop',
  tool_use: 'tool_calls',
  tool_call: 'tool_calls',
  'tool-calls': 'tool_calls',
  function_call: 'tool_calls',
  max_tokens: 'length',
  max_output_tokens: 'length',
  max_length: 'length',
  model_length: 'length',
  model_context_window_exceeded: 'length',
  safety: 'content_filter',
  recitation: 'content_filter',
  prohibited_content: 'content_filter',
  blocklist: 'content_filter',
  content_filtered: 'content_filter',
  guardrail_intervened: 'content_filter',
  refusal: 'content_filter',
};
const OURS = ['stop', 'length', 'tool_calls', 'content_filter', 'error'];

/** @returns null where it says nothing; a word that nobody knows as it is */
export function finishWord(said: string | null | undefined): string | null {
  const word = said?.trim() ?? '';
  if (word === '') return null;
  const known = word.toLowerCase();
  return OURS.includes(known) ? known : Object.hasOwn(WORDS, known) ? (WORDS[known] ?? word) : word;
}

type Ended = Pick<ChatResult, 'text' | 'thinking' | 'tool_calls' | 'finish_reason'> & {
  /** It was the provider's words that it will not. */
  isRefusal: boolean;
  /** As the request had it; null where it said none. */
  maxTokens: number | null;
};

/** @returns one sentence, or null for an answer that is whole */
export function noticeOf(ended: Ended): string | null {
  const { text, tool_calls, finish_reason: reason, isRefusal } = ended;
  if (reason === 'length') return cutOff(ended);
  if (reason === 'content_filter') {
    const what = text === '' ? 'let nothing through' : 'cut the answer off';
    return `the provider’s content filter ${what}: ask in other words, or take another model`;
  }
  if (isRefusal) return 'the model refuses to answer that';
  if (reason === 'error')
    return `the provider broke off with an error${text === '' ? ', before the first word' : ''}: ask again`;
  if (text !== '' || tool_calls.length > 0) return null;
  if (ended.thinking !== '') return 'the model has thought, and said nothing: ask again, or take another model';
  return `the model said nothing${reason === null || reason === 'stop' ? '' : ` (${reason})`}: ask again, or take another model`;
}

function cutOff({ text, thinking, maxTokens }: Ended): string {
  const set = 'set max_tokens in llm_config';
  const limit =
    maxTokens === null
      ? `the provider’s own limit: ${set}, or give the model a larger context`
      : `max_tokens (${maxTokens}): ${set} higher, or leave it out`;
  if (text !== '') return `the answer was cut off by ${limit}`;
  return `${thinking === '' ? 'nothing was said' : 'all was thinking and nothing was said'} before it was cut off by ${limit}`;
}
