/** What a call has used, as far as a provider says so in numbers that make sense; an answer never fails for it. Pure. */
import type { ModelSettings, Usage } from '../../../domain/llm/language-model.ts';

/** Counted so far; null where nothing was said. */
export interface Counted {
  prompt: number | null;
  completion: number | null;
  total: number | null;
  cost: number | null;
}

export const NOTHING_COUNTED: Counted = Object.freeze({ prompt: null, completion: null, total: null, cost: null });

/** More than any model takes, and little enough that sums stay exact. */
const MOST_TOKENS = 1e9;
const MOST_DOLLARS = 1e5;

/** Some say it in each piece of a stream, growing, and some twice: the most of each is what it was. */
export function countedWith(before: Counted, said: unknown): Counted {
  if (typeof said !== 'object' || said === null) return before;
  const of = (...names: string[]) => names.map((name) => numberIn(said, name)).find((one) => one !== null) ?? null;
  return {
    prompt: most(before.prompt, of('prompt_tokens', 'input_tokens')),
    completion: most(before.completion, of('completion_tokens', 'output_tokens')),
    total: most(before.total, of('total_tokens')),
    cost: most(before.cost, of('cost')),
  };
}

/** @param header dollars, as LiteLLM says them beside its answer */
export function usageOf(counted: Counted, header: string | null, price: ModelSettings['price']): Usage {
  const prompt_tokens = tokens(counted.prompt);
  const completion_tokens = tokens(counted.completion);
  const total_tokens = tokens(counted.total) || prompt_tokens + completion_tokens;
  const { input = 0, output = 0 } = price ?? {};
  const told = counted.cost ?? (header === null ? null : Number(header));
  const cost = told === null ? (prompt_tokens * input + completion_tokens * output) / 1e6 : dollars(told);
  return { prompt_tokens, completion_tokens, total_tokens, cost };
}

/** Numbers in texts are numbers, too. */
function numberIn(said: object, name: string): number | null {
  const value = (said as Readonly<Record<string, unknown>>)[name];
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

function most(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}

const tokens = (value: number | null) => (value !== null && value > 0 ? Math.min(Math.ceil(value), MOST_TOKENS) : 0);
const dollars = (value: number) => (Number.isFinite(value) && value > 0 ? Math.min(value, MOST_DOLLARS) : 0);
