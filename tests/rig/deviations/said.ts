/**
 * What providers really answer, as bodies byte for byte, with what an agent should be given: one line for each. The names
 * say who was seen to do it, where that is known. The tables beside it are read by `llm-deviating.test.ts` and,
 * for the library that most programs use, by `llm-peer.test.ts`.
 */
import type { Raw } from '../llm-server.ts';

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
export const delta = (fields: Fields, finish_reason: unknown = null) => ({
  choices: [{ index: 0, delta: fields, finish_reason }],
});
export const say = (content: unknown, finish: unknown = null) => delta({ content }, finish);
export const END = delta({}, 'stop');
/** A whole answer. */
export const whole = (message: Fields, finish_reason: unknown = 'stop'): Raw => ({
  pieces: [JSON.stringify({ choices: [{ index: 0, message, finish_reason }] })],
});
/** The pieces of one text, whole at their end. */
export const texts = (...list: string[]) => events(...list.map((text) => say(text)), END, DONE);

/** One piece of a call; null is left out. */
export const part = (index: unknown, id: unknown, name: unknown, args: unknown) => ({
  ...(index === null ? {} : { index }),
  ...(id === null ? {} : { id }),
  function: { ...(name === null ? {} : { name }), ...(args === undefined ? {} : { arguments: args }) },
});
export const A: [string, string] = ['a', '{"x":1}'];
export const row = (name: string, says: Raw, gives: Given): Deviation => ({ name, says, gives });
