/**
 * The one place where JSON that others wrote becomes values (BUS.md, Depth): its nesting is measured on the text, by one
 * pass, before anything is built from it. What went through here may be walked by recursion.
 */
import { HairemError } from './errors.ts';
import { wordsOf } from './words-of.ts';

/** Levels of lists and objects in a text that an agent, a person, a provider or a file says. */
export const DEEPEST = 64;
/** In a text of ours that carries such values inside of its own levels: answers, history, records, context. */
export const DEEPEST_CARRIED = 80;

/** @throws bad_request for what is no JSON, and for JSON that is nested deeper than `deepest` levels */
export function parseJson(text: string, deepest = DEEPEST): unknown {
  if (isDeeper(text, deepest)) throw tooDeep(deepest);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HairemError('bad_request', wordsOf(cause), { cause });
  }
}

/** As `parseJson`, for those who drop what they cannot read. @returns undefined for that */
export function readJson(text: string, deepest = DEEPEST): unknown {
  if (isDeeper(text, deepest)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The text of a value that goes out. Undefined is written as null.
 * @throws bad_request for what is no JSON, contains itself or is nested deeper than `deepest` levels
 */
export function writeJson(value: unknown, deepest = DEEPEST_CARRIED): string {
  const text = stringify(value);
  if (isDeeper(text, deepest)) throw tooDeep(deepest);
  return text;
}

function stringify(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch (cause) {
    if (cause instanceof RangeError) throw tooDeep(DEEPEST_CARRIED); // the encoder recurses
    throw new HairemError('bad_request', `it is no JSON: ${wordsOf(cause)}`, { cause });
  }
}

const QUOTE = 34;
const BACKSLASH = 92;

/** Of JSON exactly, of another text somehow: the parser has the last word. */
export function isDeeper(text: string, deepest: number): boolean {
  if (text.length <= deepest) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charCodeAt(at);
    if (sign === QUOTE) at = endOfString(text, at);
    else if (isOpening(sign)) depth += 1;
    else if (isClosing(sign)) depth -= 1;
    if (depth > deepest) return true;
  }
  return false;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const sign = text.charCodeAt(at);
    if (sign === QUOTE) return at;
    if (sign === BACKSLASH) at += 1;
  }
  return text.length;
}

const isOpening = (sign: number) => sign === 91 || sign === 123; // [ {
const isClosing = (sign: number) => sign === 93 || sign === 125; // ] }

const tooDeep = (deepest: number) => new HairemError('bad_request', `too deep: it has more than ${deepest} levels`);
