/**
 * What providers really answer, as bodies byte for byte, with what an agent should be given: one line for each. The names
 * say who was seen to do it, where that is known. `llm-deviating.test.ts` asks for each as a stream and not.
 *
 * The same tables (without thinking, which no library parts from the text) were run once, in November 2026, through the
 * libraries that most programs use, `openai` 6 of npm and 3.57 of PyPI with their own accumulators. Of 180 answers they give
 * 55 and 56 as the table has them, and none that ours does not:
 *
 * | what | npm | PyPI |
 * |---|---|---|
 * | two calls at index 0 | one, arguments glued | one, names glued, too |
 * | calls without an index | none | TypeError |
 * | calls from index 1 | TypeError | IndexError |
 * | arguments as an object | `[object Object]` | a dict |
 * | whole arguments behind their pieces, or `{}` before them | glued | glued |
 * | `function_call` | none | none |
 * | `[DONE]` without a reason | error | whole |
 * | a reason or `[DONE]`, then torn off | error | error, whole |
 * | choices that are null | TypeError | whole |
 * | events without empty lines between them, words between events | error | error |
 * | a BOM | whole | no text |
 * | JSON in place of a stream, and the other way round | error | error |
 * | cut off by `length` | whole | error |
 * | lists without an index beside a text | whole | RuntimeError |
 * | content in parts, a refusal | a list; no text | a list; no text |
 */
import type { Raw } from '../servers/llm-server.ts';

export type Fields = Record<string, unknown>;

/** Of an answer; what is not named is not looked at. */
export interface Given {
  text?: string;
  thinking?: string;
  /** Name and arguments of each call. */
  calls?: [name: string, args: string][];
  extra?: Fields;
  finish?: string;
  notice?: RegExp | null;
}

export interface Deviation {
  name: string;
  says: Raw;
  gives: Given;
}

/** A stream of events: texts are written as they are, all else as `data:`. */
export function events(...list: (Fields | string)[]): Raw {
  const pieces = list.map((one) => (typeof one === 'string' ? one : `data: ${JSON.stringify(one)}\n\n`));
  return { type: 'text/event-stream', pieces };
}
export const DONE = 'data: [DONE]\n\n';
/** What every provider says beside an answer. */
const ABOUT = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'small' };
export const delta = (fields: Fields, finish_reason: unknown = null) => ({
  ...ABOUT,
  choices: [{ index: 0, delta: { role: 'assistant', ...fields }, finish_reason }],
});
export const say = (content: unknown, finish: unknown = null) => delta({ content }, finish);
export const END = delta({}, 'stop');
/** A whole answer. */
export const whole = (message: Fields, finish_reason: unknown = 'stop'): Raw => ({
  pieces: [
    JSON.stringify({ ...ABOUT, choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason }] }),
  ],
});
/** The pieces of one text, whole at their end. */
export const texts = (...list: string[]) => events(...list.map((text) => say(text)), END, DONE);

/** One piece of a call; null is left out. */
export const part = (index: unknown, id: unknown, name: unknown, args: unknown) => ({
  ...(index === null ? {} : { index }),
  ...(id === null ? {} : { id }),
  ...(name ? { type: 'function' } : {}),
  function: { ...(name === null ? {} : { name }), ...(args === undefined ? {} : { arguments: args }) },
});
export const A: [string, string] = ['a', '{"x":1}'];
export const row = (name: string, says: Raw, gives: Given): Deviation => ({ name, says, gives });
