/** What anything that was thrown says to people: code throws texts, nothing at all, and what cannot even be shown. */

const LONGEST = 2_000;

/** Never throws, and is never empty. */
export function reasonOf(thrown: unknown): string {
  try {
    return (said(thrown) || 'an error without words').slice(0, LONGEST);
  } catch {
    return 'an error that cannot be shown'; // a getter of it throws, too
  }
}

/** Itself where it is an Error, so that its stack is kept. */
export function errorOf(thrown: unknown): Error {
  try {
    if (thrown instanceof Error) return thrown;
  } catch {
    // a proxy that lets nobody look
  }
  return new Error(reasonOf(thrown));
}

function said(thrown: unknown): string {
  if (typeof thrown === 'function') return `a function was thrown: ${thrown.name}`;
  if (typeof thrown !== 'object' || thrown === null) return String(thrown);
  const { message, name } = thrown as { message?: unknown; name?: unknown };
  if (typeof message === 'string' && message !== '') return message;
  return thrown instanceof Error ? String(name) : (JSON.stringify(thrown) ?? '');
}
