/**
 * Whatever was thrown, in words: the one place that knows what errors look like. It trusts nothing of them, since anything
 * can be thrown, and never throws itself. The SDK has its own (thrown.ts), held to the same table.
 */

/** Characters. */
const LONGEST = 2_000;
/** Errors that are looked at, of all that one holds: each once. */
const MOST = 200;
const MOST_TOGETHER = 4;

/** Their messages are written for people, and say of their causes what is to be said. */
const COMPLETE: ReadonlySet<unknown> = new Set(['HairemError', 'LifeError', 'SendError', 'ServiceError']);
/** Where things that are no errors keep their words. */
const FIELDS = ['message', 'error', 'detail', 'details', 'reason', 'description', 'title', 'statusText'];

export function wordsOf(thrown: unknown): string {
  const words = said(thrown, new Set()).trim();
  return words.length > LONGEST ? `${words.slice(0, LONGEST)}…` : words;
}

/** What was thrown where it is an error, else an error that says it. */
export function asError(thrown: unknown): Error {
  return isError(thrown) ? thrown : new Error(wordsOf(thrown));
}

export function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error;
  } catch {
    return false; // a Proxy may refuse even that
  }
}

function isKnown(thrown: object, seen: Set<object>): boolean {
  if (seen.has(thrown) || seen.size >= MOST) return true;
  seen.add(thrown);
  return false;
}

function said(thrown: unknown, seen: Set<object>): string {
  if (typeof thrown === 'string') return thrown.trim() === '' ? 'an empty text was thrown' : cut(thrown);
  if (typeof thrown === 'function') return 'a function was thrown';
  if (!isObject(thrown)) return `${cut(String(thrown))} was thrown`;
  if (isKnown(thrown, seen)) return '';
  const own = issuesOf(thrown) ?? ownWords(thrown, seen);
  if (own !== '' && COMPLETE.has(get(thrown, 'name'))) return own;
  const together = joined(listOf(thrown, 'errors').map((one) => said(one, seen)));
  const cause = get(thrown, 'cause');
  const words = [own, together, cause === undefined || cause === null ? '' : said(cause, seen)].reduce(withMore, '');
  const [code] = codeOf(thrown);
  if (words === '') return code ?? nameless(thrown);
  return code === undefined || words.includes(code) ? words : `${words} (${code})`;
}

/** Said once: what wraps an error often repeats it. */
function withMore(words: string, more: string): string {
  if (more === '' || words.includes(more)) return words;
  return words === '' || more.includes(words) ? more : `${words}: ${more}`;
}

function ownWords(thrown: object, seen: Set<object>): string {
  for (const field of FIELDS) {
    const value = get(thrown, field);
    if (typeof value === 'string' && value.trim() !== '') return cut(value);
    const words = isObject(value) && !Array.isArray(value) ? said(value, seen) : '';
    if (words !== '') return words;
    if (isError(thrown)) return ''; // its other fields are no words
  }
  return '';
}

/** What zod says: its message is all of it as JSON. */
function issuesOf(thrown: object): string | null {
  const issues = listOf(thrown, 'issues').filter(isObject);
  if (issues.length === 0) return null;
  return joined(
    issues.map((issue) => {
      const path = listOf(issue, 'path').map(String).join('.');
      const message = cut(String(get(issue, 'message') ?? 'not valid'));
      return path === '' ? message : `${path}: ${message}`;
    }),
  );
}

function joined(all: readonly string[]): string {
  const words = [...new Set(all)].filter((one) => one !== '');
  const rest = words.length > MOST_TOGETHER ? [`and ${words.length - MOST_TOGETHER} more`] : [];
  return [...words.slice(0, MOST_TOGETHER), ...rest].join('; ');
}

function nameless(thrown: object): string {
  const name = get(thrown, 'name') || get(get(thrown, 'constructor'), 'name');
  if (isError(thrown)) return `${typeof name === 'string' && name ? cut(name) : 'an error'} without a word`;
  try {
    const text = JSON.stringify(thrown);
    if (text !== undefined && text !== '{}') return cut(text);
  } catch {
    // It contains itself, or is of no use otherwise.
  }
  return 'an object without a word was thrown';
}

function codeOf(thrown: object): string[] {
  const code = get(thrown, 'code');
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? [code] : [];
}

function listOf(thrown: object, field: string): unknown[] {
  const value = get(thrown, field);
  try {
    return Array.isArray(value) ? value.slice(0, 100) : [];
  } catch {
    return [];
  }
}

function get(thing: unknown, field: string): unknown {
  try {
    return isObject(thing) || typeof thing === 'function' ? Reflect.get(thing, field) : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const cut = (text: string) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
