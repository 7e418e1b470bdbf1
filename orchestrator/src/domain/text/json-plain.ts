/**
 * Looks through a value once, so that what is plain is written by the engine's own writer and its text need not be looked
 * through. What is not may be right all the same, and goes the longer way (json-text.ts).
 */

/** @returns whether JSON.stringify alone writes it as it is, in at most so many levels, and every reader reads the same */
export function isPlainToWrite(value: unknown, levels: number): boolean {
  if (typeof value === 'number') return isKept(value);
  if (typeof value === 'object') return value === null || (levels > 0 && holdsPlain(value, levels - 1));
  return typeof value === 'string' || typeof value === 'boolean' || value === undefined;
}

/** A whole number apart from its neighbours, or a fraction. */
const isKept = (number: number) =>
  Number.isSafeInteger(number) || (Number.isFinite(number) && !Number.isInteger(number));

function holdsPlain(value: object, levels: number): boolean {
  if ('toJSON' in value) return false;
  if (Array.isArray(value)) return value.every((one) => isPlainToWrite(one, levels));
  const made: unknown = Object.getPrototypeOf(value);
  if (made !== Object.prototype && made !== null) return false;
  for (const key in value) if (!isPlainToWrite(value[key as keyof typeof value], levels)) return false;
  return true;
}
