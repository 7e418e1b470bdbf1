/** What programs say of an error beside its words: codes like ECONNREFUSED. As error-text.ts it trusts nothing of it. */

/** Errors that are looked at, each once. */
const MOST = 200;

/** Of an error, its causes and the errors in it, outermost first. */
export function codesIn(thrown: unknown, seen = new Set<unknown>()): string[] {
  if (typeof thrown !== 'object' || thrown === null || seen.has(thrown) || seen.size >= MOST) return [];
  seen.add(thrown);
  try {
    const { code, errors, cause } = thrown as { code?: unknown; errors?: unknown; cause?: unknown };
    const inside = [...(Array.isArray(errors) ? errors.slice(0, MOST) : []), cause];
    return [...(isCode(code) ? [code] : []), ...inside.flatMap((one) => codesIn(one, seen))];
  } catch {
    return []; // a getter or a Proxy may throw
  }
}

const isCode = (code: unknown): code is string => typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code);
