/** Finds tags in a text that comes in pieces, in any case, and tells code in it from the rest. Pure. */

/** The first of these tokens, which are in lower case. @returns no token where there is none */
export function indexOfAny(text: string, tokens: readonly string[]): { at: number; token: string | null } {
  const said = text.toLowerCase();
  let found: { at: number; token: string | null } = { at: text.length, token: null };
  for (const token of tokens) {
    const at = said.indexOf(token);
    if (at >= 0 && at < found.at) found = { at, token };
  }
  return found;
}

/** How many characters at its end may be the beginning of one of these tokens; none where one of them is whole there. */
export function unfinished(text: string, tokens: readonly string[]): number {
  const longest = Math.max(...tokens.map((token) => token.length));
  const end = text.slice(-longest).toLowerCase();
  if (tokens.some((token) => end.endsWith(token))) return 0; // the last two of three backticks begin no other three
  for (let length = Math.min(end.length, longest - 1); length > 0; length -= 1) {
    const tail = end.slice(-length);
    if (tokens.some((token) => token.length > length && token.startsWith(tail))) return length;
  }
  return 0;
}

/** Where in a text we are. */
export interface Span {
  /** Between two lines of three backticks. */
  inFence: boolean;
  /** Between two backticks of one line. */
  inCode: boolean;
  /** No opening tag has been written, so a closing one would end what nobody opened. */
  mayClose: boolean;
}

export const SPAN: Span = Object.freeze({ inFence: false, inCode: false, mayClose: true });

interface Scanned {
  /** At its end. */
  span: Span;
  /** The first closing tag that nothing had opened. */
  closed: { at: number; token: string } | null;
}

export function scanText(
  text: string,
  from: Span,
  { openings, closings }: { openings: readonly string[]; closings: readonly string[] },
): Scanned {
  const said = text.toLowerCase();
  let span = from;
  for (let at = 0; at < said.length; at += 1) {
    const sign = said[at];
    if (sign === '\n') span = { ...span, inCode: false };
    else if (said.startsWith('```', at)) [span, at] = [{ ...span, inFence: !span.inFence }, at + 2];
    else if (sign === '`') span = { ...span, inCode: !span.inCode };
    else if (sign === '<' || sign === '[' || sign === '◁') {
      const token = closings.find((one) => said.startsWith(one, at));
      if (token && span.mayClose && !span.inFence && !span.inCode) return { span, closed: { at, token } };
      if (openings.some((one) => said.startsWith(one, at))) span = { ...span, mayClose: false };
    }
  }
  return { span, closed: null };
}
