/** The one redactor of the process: what it must hide grows while it runs, and every text that leaves goes through it. */
import { type Automaton, createAutomaton } from './automaton.ts';
import { spellingsOf } from './encodings.ts';
import { type RedactStream, redactStream } from './redact-stream.ts';

export interface Redactor {
  /** From now on these values are blanked out, and those of before still are: old log lines hold old secrets. */
  hide(values: Iterable<string>): void;
  text(text: string): string;
  /** For a text whose end may have been cut off: the beginning of a secret at its end goes, too. */
  cutText(text: string): string;
  /** With what is hidden by now. */
  stream(): RedactStream;
}

/** Secrets that were replaced longest ago are forgotten beyond this many. */
const VALUES_KEPT = 2000;

export function createRedactor(): Redactor {
  const values = new Set<string>();
  let automaton: Automaton | null = null;

  function current(): Automaton {
    automaton ??= createAutomaton([...values].flatMap(spellingsOf));
    return automaton;
  }

  return {
    hide(more) {
      for (const value of more) {
        if (!values.delete(value)) automaton = null;
        values.add(value);
      }
      for (const value of values) {
        if (values.size <= VALUES_KEPT) break;
        values.delete(value);
      }
    },
    text(text) {
      const stream = redactStream(current());
      return stream.push(text) + stream.end();
    },
    cutText(text) {
      const stream = redactStream(current());
      return stream.push(text) + stream.endCut();
    },
    stream: () => redactStream(current()),
  };
}
