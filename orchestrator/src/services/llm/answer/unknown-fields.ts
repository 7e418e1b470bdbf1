/**
 * Fields of a message that we do not know, kept so that they go back to the provider as they came: pieces of a stream are
 * put together, and all of it has a bound. Pure.
 */
import { isDeeper } from '../../../domain/text/json-text.ts';

/** A map, so that no name of a stranger's is one of JavaScript's. */
export type Fields = Map<string, unknown>;

export const fieldsOf = (): Fields => new Map();

const MOST_BYTES = 256 * 1024;
/** What an agent sends back lies some levels deep in its request. */
const DEEPEST_FIELD = 32;

/** All but those that are known, and those that say nothing. */
export function takenFields(said: Readonly<Record<string, unknown>>, known: readonly string[]): [string, unknown][] {
  return Object.entries(said).filter(([name, value]) => value != null && !known.includes(name) && name !== '__proto__');
}

/** Adds a piece to what came before it. */
export function mergeFields(into: Fields, pieces: readonly [string, unknown][]): void {
  for (const [name, piece] of pieces) into.set(name, joined(into.get(name), piece, name));
}

/** Bytes that all fields of one answer may have together. */
export interface Room {
  left: number;
}

export const roomForFields = (): Room => ({ left: MOST_BYTES });

/** Without what is too deep or too much, the first come first; takes it from the room. */
export function boundedFields(fields: Fields, room: Room): Record<string, unknown> {
  const kept = [...fields].filter(([name, value]) => {
    const text = JSON.stringify(value) ?? '';
    const bytes = Buffer.byteLength(text) + name.length;
    if (bytes > room.left || isDeeper(text, DEEPEST_FIELD)) return false;
    room.left -= bytes;
    return true;
  });
  return Object.fromEntries(kept);
}

type Objects = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Objects =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** They name what they stand beside, and are said again in each piece. */
const NAMES = /^(id|type|format|name|role|index|data|.*signature)$/;

/** As deep as JSON that was read goes. */
function joined(before: unknown, piece: unknown, name: string): unknown {
  if (before === undefined || before === null || piece === null) return piece ?? before;
  if (typeof before === 'string' && typeof piece === 'string')
    return NAMES.test(name) ? piece || before : before + piece;
  if (Array.isArray(before) && Array.isArray(piece)) return piece.reduce(withItem, before);
  if (!isObject(before) || !isObject(piece)) return piece;
  const known = Object.entries(piece).filter(([key]) => key !== '__proto__');
  return { ...before, ...Object.fromEntries(known.map(([key, one]) => [key, joined(own(before, key), one, key)])) };
}

/** An item goes on at its `index`, or behind the last where that is of the same kind of text. */
function withItem(list: unknown[], item: unknown): unknown[] {
  const at = isObject(item)
    ? list.findLastIndex((one, n) => isObject(one) && goesOn(one, item, n === list.length - 1))
    : -1;
  return at < 0 ? [...list, item] : list.with(at, joined(list[at], item, ''));
}

const TEXTS = /^(text|output_text|summary_text|thinking|reasoning(\.\w+)?)$/;

function goesOn(one: Objects, item: Objects, isLast: boolean): boolean {
  const isOther = (name: string) => item[name] != null && one[name] != null && item[name] !== one[name];
  if (isOther('type') || isOther('id')) return false;
  if (item.index != null || one.index != null) return item.index === one.index;
  return isLast && TEXTS.test(String(item.type)) && item.type === one.type && one.signature == null;
}

const own = (value: Objects, key: string) => (Object.hasOwn(value, key) ? value[key] : undefined);
