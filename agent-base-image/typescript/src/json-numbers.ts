/**
 * Numbers of JSON that stay what they are on their way (BUS.md, Numbers): every double, written with a point or an
 * exponent, and whole numbers of at most 2^53 - 1. Others are refused rather than changed; `memory.query` and an agent's
 * own context carry whole numbers of 64 bits, as bigints. `contract/numbers.json` holds both SDKs and the orchestrator to it.
 */
import { endOfString } from './json-string.ts';

/** Few texts have anything like it, and only those are looked through: many digits, but not of an ordinary fraction. */
const MAY_STRAY = /(?:^|[^\d.])\d{16}|\.\d{200}|[eE][+-]?\d{3}/;
const NUMBER = /\d[\d.eE+-]*/y;
const QUOTE = 34;

/** @returns the first number of a JSON text that no double holds, or the first `isOther`; null where there is none */
export function strayNumber(text: string, isOther = isStray): string | null {
  if (!MAY_STRAY.test(text)) return null;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charCodeAt(at);
    if (sign === QUOTE) {
      at = endOfString(text, at);
    } else if (isDigit(sign)) {
      NUMBER.lastIndex = at;
      const number = NUMBER.exec(text)?.[0] ?? '';
      const signed = text[at - 1] === '-' ? `-${number}` : number;
      if (isOther(signed)) return signed;
      at += number.length - 1;
    }
  }
  return null;
}

const isDigit = (sign: number) => sign >= 48 && sign <= 57;

function isStray(number: string): boolean {
  const value = Number(number);
  if (!/[.eE]/.test(number)) return !Number.isSafeInteger(value);
  const [mantissa = ''] = number.split(/[eE]/, 1);
  return !Number.isFinite(value) || (value === 0 && /[1-9]/.test(mantissa));
}

/** SurrealDB's whole numbers. */
const LARGEST_64 = 2n ** 63n - 1n;
const LONGEST_64 = 20;
export const fits64 = (value: bigint) => value <= LARGEST_64 && value >= -LARGEST_64 - 1n;

/** A reviver of JSON.parse: a number that no double holds becomes its text. */
export function asWritten(_key: string, value: unknown, { source = '' }: { source?: string } = {}): unknown {
  return typeof value === 'number' && isStray(source) ? source : value;
}

/** For strayNumber: no bigint of 64 bits holds it either. */
export function isBeyond64(number: string): boolean {
  return isStray(number) && (/[.eE]/.test(number) || number.length > LONGEST_64 || !fits64(BigInt(number)));
}

/** A reviver of JSON.parse, for texts in which no number is beyond 64 bits. */
export function writtenInFull(_key: string, value: unknown, { source = '' }: { source?: string } = {}): unknown {
  return typeof value === 'number' && isStray(source) ? BigInt(source) : value;
}

/**
 * What becomes of a number that not every reader would read as the same one: `held`, for what agents say to each other,
 * refuses it; `exact`, for databases and an agent's own context, takes bigints of 64 bits; `nearest`, for what others count in, refuses nothing.
 */
export type Numbers = 'held' | 'exact' | 'nearest';

/** A replacer of JSON.stringify, which writes null for what is no number and knows no bigint. It throws TypeError. */
export function numberWriter(numbers: Numbers) {
  return (key: string, value: unknown): unknown => {
    if (typeof value === 'bigint') return ofBigint(key, value, numbers);
    if (typeof value !== 'number') return value;
    if (!Number.isFinite(value)) throw new TypeError(`${value}${at(key)} is not JSON`);
    if (!isWrittenLong(value)) return value;
    if (numbers === 'nearest') return rawJSON(value.toExponential());
    throw new TypeError(`${value}${at(key)} ${numbers === 'held' ? AS_TEXT : AS_BIGINT}`);
  };
}

/** Whole, more than a double keeps apart, and written with all of its digits: they need not be those that were meant. */
export function isWrittenLong(value: number): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21;
}

const TOO_LARGE = 'is more than a number here can hold exactly (2^53 - 1)';
const AS_TEXT = `${TOO_LARGE}: send it as text`;
export const AS_TEXT_64 = 'is more than 64 bits: keep it as text';
export const AS_BIGINT = `${TOO_LARGE}: give a bigint, as in 9007199254740993n`;

/** JSON.rawJSON is younger than the types that we are checked with. */
export const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

function ofBigint(key: string, value: bigint, numbers: Numbers): unknown {
  const isSafe = value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER);
  if (isSafe || numbers === 'nearest' || (numbers === 'exact' && fits64(value))) return rawJSON(String(value));
  const why = numbers === 'held' ? AS_TEXT : AS_TEXT_64;
  throw new TypeError(`${shortened(String(value))}${at(key)} ${why}`);
}

const at = (key: string) => (key === '' ? '' : ` at ${key}`);
const shortened = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
