/**
 * Looks through a value once, so that its text need not be looked through sign by sign: what is plain is read and written
 * by the engine's own parser and writer. What is not may be right all the same, and goes the longer way (json-text.ts).
 */

/** @returns whether JSON.stringify alone writes it as it is, in at most so many levels, and every reader reads the same */
export const isPlainToWrite = (value: unknown, levels: number): boolean => isPlain(value, levels, isKept);

/** @returns whether no number in a value that was read can have been another one in its text */
export const isPlainAsRead = (value: unknown, levels: number): boolean => isPlain(value, levels, isKeptAndNotZero);

type Fits = (number: number) => boolean;

/** A whole number apart from its neighbours, or a fraction. */
const isKept: Fits = (number) => Number.isSafeInteger(number) || (Number.isFinite(number) && !Number.isInteger(number));

/** What is too small for a double is read as zero. */
const isKeptAndNotZero: Fits = (number) => number !== 0 && isKept(number);

function isPlain(value: unknown, levels: number, fits: Fits): boolean {
  if (typeof value === 'number') return fits(value);
  if (typeof value === 'object') return value === null || (levels > 0 && holdsPlain(value, levels - 1, fits));
  return typeof value === 'string' || typeof value === 'boolean' || value === undefined;
}

function holdsPlain(value: object, levels: number, fits: Fits): boolean {
  if ('toJSON' in value) return false;
  if (Array.isArray(value)) return value.every((one) => isPlain(one, levels, fits));
  const made: unknown = Object.getPrototypeOf(value);
  if (made !== Object.prototype && made !== null) return false;
  for (const key in value) if (!isPlain(value[key as keyof typeof value], levels, fits)) return false;
  return true;
}
