/**
 * The one place where JSON that others wrote becomes values (BUS.md, Depth and Numbers): nesting and numbers are measured
 * on the text before anything is built from it. `contract/depth.json` and `numbers.json` hold both SDKs and the
 * orchestrator to it.
 */
import { asWritten, isBeyond64, type Numbers, numberWriter, strayNumber, writtenInFull } from './json-numbers.ts';
import { isPlainToWrite } from './json-plain.ts';
import { endOfString } from './json-string.ts';
import { reasonOf } from './thrown.ts';

/** Levels of lists and objects in a text that an agent or a language model says. */
export const DEEPEST = 64;
/** In a text that carries such values inside of its own levels: answers of services, what instances hand over. */
export const DEEPEST_CARRIED = 80;

/**
 * @returns undefined for what is no JSON, for JSON that is nested deeper than `deepest` levels, and where a number is in
 * it that no double holds
 */
export function readJson(text: string, deepest = DEEPEST): unknown {
  return parsed(text, deepest, null);
}

/** As `readJson`; a whole number that no double holds becomes a bigint. For what databases answer, and an agent's own context. */
export function readExactJson(text: string, deepest = DEEPEST): unknown {
  return parsed(text, deepest, { reviver: writtenInFull, isRefused: isBeyond64 });
}

/** As `readJson`, but a number that a double cannot hold stays as it was written, as a text. */
export function readAsWritten(text: string): unknown {
  return parsed(text, DEEPEST, { reviver: asWritten, isRefused: () => false });
}

/** What becomes of numbers that no double holds: the text has one also where the value has another under the same name. */
interface Stray {
  reviver: Reviver;
  isRefused: (number: string) => boolean;
}

function parsed(text: string, deepest: number, stray: Stray | null): unknown {
  if (isDeeper(text, deepest)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (strayNumber(text) === null) return value;
    return stray && strayNumber(text, stray.isRefused) === null ? JSON.parse(text, stray.reviver) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * For a value of the agent's own that goes out. Throws TypeError, saying why, for what is no JSON, is too deep or has a
 * number that others would read as another one.
 */
export function writeJson(value: unknown, deepest = DEEPEST, numbers: Numbers = 'held'): string {
  return stringify(value, deepest, numberWriter(numbers));
}

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown;
type Replacer = (this: unknown, key: string, value: unknown) => unknown;

function stringify(value: unknown, deepest: number, replacer: Replacer): string {
  try {
    if (isPlainToWrite(value, deepest)) return JSON.stringify(value) ?? 'null';
    const text = JSON.stringify(value, replacer) ?? 'null';
    if (!isDeeper(text, deepest)) return text;
  } catch (error) {
    if (!(error instanceof RangeError)) throw new TypeError(reasonOf(error)); // that is: the encoder recurses
  }
  throw new TypeError(`too deep: it has more than ${deepest} levels`);
}

/** Throws TypeError for what JSON would put something else in the place of without a word; it may contain itself. */
export function mustBeKept(value: unknown): void {
  if (!isPlainToWrite(value, DEEPEST)) stringify(value, DEEPEST, refuseLost);
}

function refuseLost(this: unknown, key: string, value: unknown): unknown {
  const own: unknown = (this as Record<string, unknown>)[key];
  const at = key === '' ? '' : ` at ${key}`;
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${value}${at} is no JSON`);
  if (typeof value === 'function' || typeof value === 'symbol' || isPacked(own)) {
    const what = isPacked(own) ? own.constructor.name : typeof value;
    throw new TypeError(`a ${what}${at} is no JSON`);
  }
  return typeof value === 'bigint' ? String(value) : value; // whoever writes it decides
}

/** What becomes `{}` or a list of bytes. */
function isPacked(value: unknown): value is object {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return true;
  return value instanceof Map || value instanceof Set || value instanceof WeakMap || value instanceof WeakSet;
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
