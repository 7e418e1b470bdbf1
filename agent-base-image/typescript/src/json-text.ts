/**
 * The one place where JSON that others wrote becomes values (BUS.md, Depth and Numbers): nesting and numbers are measured
 * on the text before anything is built from it. `contract/depth.json` and `numbers.json` hold both SDKs and the
 * orchestrator to it.
 */
import { type Numbers, numberWriter, strayNumber, writtenInFull } from './json-numbers.ts';
import { endOfString } from './json-string.ts';

/** Levels of lists and objects in a text that an agent or a language model says. */
export const DEEPEST = 64;
/** In a text that carries such values inside of its own levels: answers of services, what instances hand over. */
export const DEEPEST_CARRIED = 80;

/**
 * @returns undefined for what is no JSON, for JSON that is nested deeper than `deepest` levels, and where a number is in
 * it that no double holds
 */
export function readJson(text: string, deepest = DEEPEST): unknown {
  return strayNumber(text) === null ? parsed(text, deepest) : undefined;
}

/** As `readJson`; a whole number that no double holds becomes a bigint. For what databases answer, and an agent's own context. */
export function readExactJson(text: string, deepest = DEEPEST): unknown {
  return parsed(text, deepest, writtenInFull);
}

function parsed(text: string, deepest: number, reviver?: typeof writtenInFull): unknown {
  if (isDeeper(text, deepest)) return undefined;
  try {
    return reviver && strayNumber(text) !== null ? JSON.parse(text, reviver) : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * For a value of the agent's own that goes out. Throws TypeError, saying why, for what is no JSON, is too deep or has a
 * number that others would read as another one.
 */
export function writeJson(value: unknown, deepest = DEEPEST, numbers: Numbers = 'held'): string {
  const text = stringify(value, deepest, numberWriter(numbers));
  if (isDeeper(text, deepest)) throw tooDeep(deepest);
  return text;
}

function stringify(value: unknown, deepest: number, replacer: (key: string, one: unknown) => unknown): string {
  try {
    return JSON.stringify(value, replacer) ?? 'null';
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep(deepest); // the encoder recurses
    throw new TypeError(error instanceof Error ? error.message : String(error));
  }
}

const tooDeep = (deepest: number) => new TypeError(`too deep: it has more than ${deepest} levels`);

const QUOTE = 34;

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

const isOpening = (sign: number) => sign === 91 || sign === 123; // [ {
const isClosing = (sign: number) => sign === 93 || sign === 125; // ] }
