/**
 * The one place where JSON that others wrote becomes values (BUS.md, Depth and Numbers): nesting and numbers are measured
 * on the text before anything is built from it. What went through here may be walked by recursion.
 */

import { wordsOf } from '../errors/error-text.ts';
import { HairemError } from '../errors/errors.ts';
import { isBeyond64, isWrittenLong, refusalOf, shortened, strayNumber, writtenInFull } from './json-numbers.ts';
import { isPlainToWrite } from './json-plain.ts';
import { endOfString } from './json-string.ts';

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

/** As `parseJson`, for what agents and people say. @throws bad_request also for a number that no double holds */
export function parseHeldJson(text: string, deepest = DEEPEST): unknown {
  const value = parseJson(text, deepest);
  const stray = strayNumber(text);
  if (stray !== null) throw new HairemError('bad_request', refusalOf(stray));
  return value;
}

/** As `parseHeldJson`, for those who drop what they cannot read. @returns undefined for that */
export function readHeldJson(text: string, deepest = DEEPEST): unknown {
  const value = readJson(text, deepest);
  return strayNumber(text) === null ? value : undefined;
}

/** As `parseJson`; a whole number of 64 bits that no double holds becomes a bigint. For what databases hold. */
export function parseExactJson(text: string, deepest = DEEPEST): unknown {
  const value = parseJson(text, deepest);
  if (strayNumber(text) === null) return value;
  const beyond = strayNumber(text, isBeyond64);
  if (beyond !== null) throw new HairemError('bad_request', `${shortened(beyond)} is more than can be held`);
  return JSON.parse(text, writtenInFull);
}

/** As `parseExactJson`, for those who drop what they cannot read. @returns undefined for that */
export function readExactJson(text: string, deepest = DEEPEST): unknown {
  try {
    return parseExactJson(text, deepest);
  } catch {
    return undefined;
  }
}

/**
 * The text of a value that goes out. Undefined is written as null, a bigint in full, and a whole double beyond 2^53 as the
 * double that it is: with an exponent, or readers would take its digits for meant.
 * @throws bad_request for what is no JSON, contains itself or is nested deeper than `deepest` levels
 */
export function writeJson(value: unknown, deepest = DEEPEST_CARRIED): string {
  try {
    if (isPlainToWrite(value, deepest)) return JSON.stringify(value) ?? 'null';
    const text = JSON.stringify(value, writtenNumber) ?? 'null';
    if (!isDeeper(text, deepest)) return text;
  } catch (cause) {
    // A RangeError: the encoder recurses.
    if (!(cause instanceof RangeError))
      throw new HairemError('bad_request', `it is no JSON: ${wordsOf(cause)}`, { cause });
  }
  throw tooDeep(deepest);
}

/** JSON.rawJSON is younger than the types that we are checked with. */
export const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

function writtenNumber(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return rawJSON(String(value));
  if (typeof value !== 'number') return value;
  if (!Number.isFinite(value)) throw new TypeError(`${value} is no number there`);
  return isWrittenLong(value) ? rawJSON(value.toExponential()) : value;
}

const QUOTE = 34;

/** Of JSON exactly, of another text somehow: the parser has the last word. */
export function isDeeper(text: string, deepest: number): boolean {
  if (!opensMore(text, deepest)) return false;
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

/** Few texts have so many brackets that they could be too deep; to find those is the engine's own search, and fast. */
function opensMore(text: string, most: number): boolean {
  let left = most;
  for (const sign of '[{') {
    for (let at = text.indexOf(sign); at >= 0; at = text.indexOf(sign, at + 1)) {
      left -= 1;
      if (left < 0) return true;
    }
  }
  return false;
}

const isOpening = (sign: number) => sign === 91 || sign === 123; // [ {
const isClosing = (sign: number) => sign === 93 || sign === 125; // ] }

const tooDeep = (deepest: number) => new HairemError('bad_request', `too deep: it has more than ${deepest} levels`);
