/**
 * What a plain word of YAML was to the in-process hAIrem, which read it with PyYAML (YAML 1.1), and what people who come
 * from there, or from other software for the home, may take it for. Pure.
 */

/** Of PyYAML; `y` and `n` are texts there, too. */
const TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const NULL = /^(?:~|null|Null|NULL|)$/;

const BINARY = /^[-+]?0b[01_]+$/;
const OCTAL = /^[-+]?0[0-7_]+$/;
const HEXADECIMAL = /^[-+]?0x[0-9a-fA-F_]+$/;
const DECIMAL = /^[-+]?(?:0|[1-9][0-9_]*)$/;
/** `12:30:00` counted by sixties. */
const SEXAGESIMAL = /^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+$/;
const FLOATS = [
  /^[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?$/,
  /^[-+]?\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?$/,
  /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*$/,
];
const NOT_FINITE = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

export type Plain = string | number | boolean | null;

/** @param source of a plain scalar, without quotes. A number that is not exact comes as NaN: it is to be refused */
export function readYaml11(source: string): Plain {
  if (NULL.test(source)) return null;
  if (TRUE.test(source)) return true;
  if (FALSE.test(source)) return false;
  if (NOT_FINITE.test(source)) return Number.NaN;
  const whole = wholeOf(source);
  if (whole !== null) return Number.isSafeInteger(Number(whole)) ? Number(whole) : Number.NaN;
  if (!FLOATS.some((form) => form.test(source))) return source;
  return sixties(source);
}

function wholeOf(source: string): bigint | null {
  const [sign, digits] = signed(source.replaceAll('_', ''));
  if (SEXAGESIMAL.test(source)) return BigInt(Math.round(sixties(source)));
  const asBig = (text: string) => sign * BigInt(text);
  if (DECIMAL.test(source)) return asBig(digits);
  if (BINARY.test(source)) return /^0b[01]/.test(digits) ? asBig(digits) : null;
  if (HEXADECIMAL.test(source)) return /^0x[0-9a-f]/i.test(digits) ? asBig(digits) : null;
  if (OCTAL.test(source)) return digits.length > 1 ? asBig(`0o${digits.slice(1)}`) : 0n;
  return null;
}

function sixties(source: string): number {
  const plain = source.replaceAll('_', '');
  const isNegative = plain.startsWith('-');
  const parts = plain.replace(/^[-+]/, '').split(':');
  const value = parts.reduce((sum, part) => sum * 60 + Number(part), 0);
  return isNegative ? -value : value;
}

function signed(text: string): [sign: bigint, digits: string] {
  return [text.startsWith('-') ? -1n : 1n, text.replace(/^[-+]/, '')];
}

/**
 * What a person may have meant by a plain word that is a text in YAML 1.2.
 * @returns what to write, or null. It repeats no number: those may be private
 */
export function habitOf(source: string): string | null {
  const bool = boolWord(source);
  if (bool !== null && !/^[yn]$/i.test(source) && !/^(?:true|false)$/i.test(source))
    return `"${source}" is a text here; write ${bool}, or "${source}" in quotes where a text is meant`;
  if (SEXAGESIMAL.test(source))
    return 'is a text here, and was a count of seconds in YAML 1.1; put it in quotes, or write the number';
  if (/^[-+]?[0-9][0-9_]*_[0-9_]*$/.test(source) || BINARY.test(source))
    return 'is a text here, and was a number in YAML 1.1; write the number in plain digits, or put it in quotes';
  if (/^[“”„‘’«»]/.test(source)) return 'begins with a typographic quote, which is part of the text; write " or \'';
  return null;
}

/** @returns `true` or `false` for a word that is one somewhere, in any of its spellings */
export function boolWord(text: string): 'true' | 'false' | null {
  if (/^(?:y|yes|on|true|1|enabled?)$/i.test(text.trim())) return 'true';
  return /^(?:n|no|off|false|0|disabled?)$/i.test(text.trim()) ? 'false' : null;
}
