/** Where a string of a JSON text ends: what looks through such a text must not look into its strings. */

const QUOTE = 34;
const BACKSLASH = 92;

/** @returns the place of its closing quote, or the length of the text. @param start the place of its opening quote */
export function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const sign = text.charCodeAt(at);
    if (sign === QUOTE) return at;
    if (sign === BACKSLASH) at += 1;
  }
  return text.length;
}
