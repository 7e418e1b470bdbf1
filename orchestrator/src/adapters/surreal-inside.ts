/** Keeps agents' queries in their own database, as far as their rights do not. Pure. */
import { HairemError } from '../domain/errors.ts';

/**
 * What is no statement. One that is never closed goes to the end of the text, or a hostile text would be looked through
 * from each of its quotes: seconds in which nobody else is served.
 */
const QUOTED_OR_COMMENT =
  /'(?:[^'\\]|\\[\s\S]?)*(?:'|$)|"(?:[^"\\]|\\[\s\S]?)*(?:"|$)|`[^`]*(?:`|$)|⟨[^⟩]*(?:⟩|$)|\/\*[\s\S]*?(?:\*\/|$)|(?:--|\/\/|#).*/g;
const CLOSED = /^(?:'[\s\S]*'|"[\s\S]*"|`[\s\S]*`|⟨[\s\S]*⟩|\/\*[\s\S]*\*\/|(?:--|\/\/|#).*)$/;
const OUTSIDE = /\bUSE\s+(NS|NAMESPACE|DB|DATABASE)\b/i;

/** Its rights end at its database anyway; but naming another that does not exist would make it. @throws refused */
export function mustStayInside(surql: string): void {
  const statements = surql.replaceAll(QUOTED_OR_COMMENT, (text) => (CLOSED.test(text) ? ' ' : text));
  if (OUTSIDE.test(statements)) {
    throw new HairemError('refused', 'USE is not for agents: each has one database, and is in it');
  }
}
