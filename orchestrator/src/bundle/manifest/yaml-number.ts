/**
 * A number as a person wrote it in YAML: kept, or refused where what it would become says something else than what is
 * written there, a PIN with its zeros or a long id (BUNDLE.md, Numbers). Pure. No value is repeated: it may be private.
 */

export type NumberReading = { value: number } | { problem: string };

/** More digits than any price or count has; a phone number has as many. */
const PHONE = /^\+\d{7,}$/;

/** @param source as written @param value as the core schema of YAML 1.2 reads it */
export function readNumber(source: string, value: number): NumberReading {
  const problem = problemOf(source, value);
  return problem === null ? { value: value === 0 ? 0 : value } : { problem };
}

function problemOf(source: string, value: number): string | null {
  if (/^[-+]?\.(?:inf|nan)$/i.test(source)) return 'is not a finite number';
  const isWhole = !/[.e]/i.test(source) || /^0x/i.test(source);
  const [mantissa = ''] = source.split(/e/i, 1);
  const isLost = !Number.isFinite(value) || (value === 0 && /[1-9]/.test(mantissa));
  if (isLost || (isWhole && !Number.isSafeInteger(value)))
    return 'is more than a number can hold exactly (2^53 - 1): write it in quotes';
  if (/^[-+]?0\d/.test(source))
    return 'begins with 0, which a number loses: write it in quotes, or without the 0 if it is a number';
  if (PHONE.test(source)) return 'begins with +, which a number loses: write it in quotes';
  return null;
}
