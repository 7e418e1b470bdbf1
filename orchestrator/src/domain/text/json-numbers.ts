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
const fits64 = (value: bigint) => value <= LARGEST_64 && value >= -LARGEST_64 - 1n;

/** For strayNumber: no bigint of 64 bits holds it either. */
export function isBeyond64(number: string): boolean {
  return isStray(number) && (/[.eE]/.test(number) || number.length > LONGEST_64 || !fits64(BigInt(number)));
}

/** A reviver of JSON.parse, for texts in which no number is beyond 64 bits. */
export function writtenInFull(_key: string, value: unknown, { source = '' }: { source?: string } = {}): unknown {
  return typeof value === 'number' && isStray(source) ? BigInt(source) : value;
}

/** Whole, more than a double keeps apart, and written with all of its digits: they need not be those that were meant. */
export function isWrittenLong(value: number): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21;
}

/** Why it is not taken, with the number, cut. */
export const refusalOf = (number: string) =>
  `${shortened(number)} is more than a number here can hold exactly (2^53 - 1): send it as text`;

export const shortened = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
