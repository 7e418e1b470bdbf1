/**
 * The text of a file that a person wrote, with whatever editor: UTF-8, with or without a byte order mark; and of what is
 * no UTF-8 the words and the line that help its owner. Pure.
 */

export type TextReading = { text: string } | { problem: string; line: number | null };

const UTF_16 = 'is UTF-16 text, as some programs of Windows save it: save it as UTF-8';
const NOT_UTF_8 = 'has a character that is not UTF-8, as text in Latin-1 or Windows-1252 has: save the file as UTF-8';

export function readText(bytes: Uint8Array): TextReading {
  if (isUtf16(bytes)) return { problem: UTF_16, line: null };
  const text = decoded(bytes);
  return text === null ? { problem: NOT_UTF_8, line: firstBadLine(bytes) } : { text };
}

/** The decoder leaves out a byte order mark. */
function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** By its mark, or by the zero that is half of a letter of ours. */
function isUtf16([first, second, third, fourth]: Uint8Array): boolean {
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  const isHalf = (one: number | undefined, other: number | undefined) => one === 0 && other !== undefined && other > 0;
  return (isHalf(second, first) && isHalf(fourth, third)) || (isHalf(first, second) && isHalf(third, fourth));
}

const LINE_FEED = 10;

/** No character has a line feed as a part of it. */
function firstBadLine(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line += 1) {
    const found = bytes.indexOf(LINE_FEED, start);
    const end = found < 0 ? bytes.length : found;
    if (decoded(bytes.subarray(start, end)) === null) return line;
    start = end + 1;
  }
  return line;
}

/** Without the ends of lines that editors and `echo` put behind a value. */
export function withoutLineEnds(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === '\n' || text[end - 1] === '\r')) end -= 1;
  return text.slice(0, end);
}
