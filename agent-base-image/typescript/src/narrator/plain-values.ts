/** Texts, numbers and flags as a JSON Schema wants them, read where that loses nothing (parameters.ts). Pure. */
import { isFields } from '../message.ts';

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
/** When a schema allows several, the narrower is tried first. */
export const KINDS = ['null', 'integer', 'number', 'boolean', 'array', 'object', 'string'] as const;
export type Kind = (typeof KINDS)[number];

export function isKind(value: unknown, kind: Kind): boolean {
  if (kind === 'null') return value === null;
  if (kind === 'array') return Array.isArray(value);
  if (kind === 'object') return isFields(value);
  if (kind === 'integer') return Number.isSafeInteger(value);
  if (kind === 'number') return Number.isFinite(value);
  return typeof value === kind;
}

/** @returns undefined where it cannot be read as this without a loss */
export function asPlain(kind: Kind, given: unknown): unknown {
  if (isKind(given, kind)) return given;
  if (kind === 'string') return textOf(given);
  if (kind === 'boolean') return flagOf(given);
  if (kind !== 'integer' && kind !== 'number') return undefined;
  const text = typeof given === 'string' ? given.trim() : '';
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  const isLost = Number.isInteger(number) && !Number.isSafeInteger(number);
  return isKind(number, kind) && !isLost ? number : undefined;
}

function flagOf(given: unknown): boolean | undefined {
  const said = typeof given === 'string' ? given.trim().toLowerCase() : given;
  if (said === 'true' || said === '1' || said === 1) return true;
  return said === 'false' || said === '0' || said === 0 ? false : undefined;
}

function textOf(given: unknown): string | undefined {
  if (given === null || given === undefined) return undefined;
  return typeof given === 'object' ? JSON.stringify(given) : String(given);
}
