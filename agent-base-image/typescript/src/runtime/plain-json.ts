/** What of an agent's values can go over the bus and come back the same: JSON, written once and measured as it is sent. */
import { AS_BIGINT, AS_TEXT_64, fits64, isWrittenLong, numberWriter } from '../json-numbers.ts';

const DEEPEST = 64;

/** @returns its JSON text; throws TypeError, saying what in it is no JSON and where */
export function toJson(value: unknown): string {
  const why = notJson(value, { path: '', depth: 0 });
  if (why) throw new TypeError(why);
  return JSON.stringify(value, numberWriter('exact'));
}

/** In UTF-8, as Redis counts. */
export function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}

interface Place {
  path: string;
  depth: number;
}

/** Undefined is left out of an object, as JSON.stringify does; everything else that it would change is named. */
function notJson(value: unknown, { path, depth }: Place): string | null {
  const at = path ? ` at ${path}` : '';
  if (depth > DEEPEST) return `it is deeper than ${DEEPEST} levels, or contains itself`;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return null;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return `${value}${at} is not JSON`;
    return isWrittenLong(value) ? `${value}${at} ${AS_BIGINT}` : null;
  }
  if (typeof value === 'bigint') return fits64(value) ? null : `a bigint${at} ${AS_TEXT_64}`;
  if (Array.isArray(value)) return firstOf(value.entries(), (key) => `${path}[${key}]`, depth);
  if (typeof value !== 'object') return `${article(typeof value)}${at} is not JSON`;
  const made = Object.getPrototypeOf(value);
  if (made !== Object.prototype && made !== null)
    return `${article(made.constructor?.name ?? 'class')}${at} is not JSON`;
  const known = Object.entries(value).filter(([, one]) => one !== undefined);
  return firstOf(known, (key) => `${path}.${key}`, depth);
}

function firstOf<K>(entries: Iterable<[K, unknown]>, pathOf: (key: K) => string, depth: number): string | null {
  for (const [key, value] of entries) {
    const why = notJson(value, { path: pathOf(key), depth: depth + 1 });
    if (why) return why;
  }
  return null;
}

function article(name: string): string {
  return `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`;
}
