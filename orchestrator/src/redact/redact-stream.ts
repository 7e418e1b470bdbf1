/**
 * Blanks out texts in a stream, however it is cut into chunks. It holds back no more than what may still become one of
 * them, so memory is bounded by the longest, and each unit of the input is looked at once. Pure but for its own state.
 */
import type { Automaton } from './automaton.ts';

export const MASK = '***';
/** So much of a secret at the end of a text that was cut off is blanked out, too. */
const TELLING = 4;

export interface RedactStream {
  /** @returns what is safe to show by now */
  push(chunk: string): string;
  /** @returns the rest, and begins anew */
  end(): string;
  /** As `end`, for a text that was cut off here: the beginning of a secret goes as well. */
  endCut(): string;
}

interface Span {
  start: number;
  end: number;
}

/** Positions count from the first unit of the stream. */
export function redactStream(automaton: Automaton): RedactStream {
  let state = 0;
  let read = 0;
  let held = '';
  let heldFrom = 0;
  let maskedUntil = 0;
  let found: Span[] = [];

  function push(chunk: string): string {
    held += chunk;
    for (let i = 0; i < chunk.length; i += 1) {
      state = automaton.next(state, chunk.charCodeAt(i));
      read += 1;
      const length = automaton.ends(state);
      if (length > 0) found = withSpan(found, { start: read - length, end: read });
    }
    return release(read - automaton.depth(state));
  }

  /** Nothing before `until` can be part of what is still to be found. */
  function release(until: number): string {
    if (until <= heldFrom) return '';
    let text = '';
    let at = heldFrom;
    for (const { start, end } of found.filter((span) => span.start < until)) {
      if (start > at) text += held.slice(at - heldFrom, start - heldFrom);
      if (start > maskedUntil || maskedUntil === 0) text += MASK;
      maskedUntil = Math.max(maskedUntil, end);
      at = Math.max(at, end);
    }
    found = found.filter((span) => span.start >= until);
    if (until > at) text += held.slice(at - heldFrom, until - heldFrom);
    const next = Math.max(at, until);
    held = held.slice(next - heldFrom);
    heldFrom = next;
    return text;
  }

  function finish(): string {
    const text = release(read);
    [state, read, held, heldFrom, maskedUntil, found] = [0, 0, '', 0, 0, []];
    return text;
  }

  return {
    push,
    end: finish,
    endCut() {
      const open = automaton.depth(state);
      if (open >= TELLING) found = withSpan(found, { start: read - open, end: read });
      return finish();
    },
  };
}

/** Spans stay in order and apart: what touches becomes one. */
function withSpan(spans: Span[], span: Span): Span[] {
  let { start } = span;
  for (let last = spans.at(-1); last && last.end >= start; last = spans.at(-1)) {
    start = Math.min(start, last.start);
    spans.pop();
  }
  spans.push({ start, end: span.end });
  return spans;
}
