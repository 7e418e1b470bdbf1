/** What of a stranger's words is given on: one line, short, without what a terminal or a page would act on. Pure. */
import * as z from 'zod';
import { readJson } from '../../../domain/text/json-text.ts';

const MOST_CHARACTERS = 300;

/**
 * One line of at most 300 characters, without control and formatting characters.
 * @param key is taken out before anything is cut off, or its beginning would stay
 */
export function plainLine(text: string, key: string | null): string {
  const hidden = key && key.length >= 6 ? text.replaceAll(key, '•••') : text;
  const start = hidden.slice(0, 4 * MOST_CHARACTERS);
  const plain = start.replaceAll(/[\s\p{C}]+/gu, ' ').trim();
  return plain.length > MOST_CHARACTERS ? `${plain.slice(0, MOST_CHARACTERS)}…` : plain;
}

export interface PlainError {
  /** Empty where it said nothing that is a message. */
  message: string;
  code: string | null;
  /** As HTTP has them, where the body says one. */
  status: number | null;
}

const NOTHING: PlainError = { message: '', code: null, status: null };

const code = z
  .union([z.string().max(64), z.int().transform(String)])
  .nullish()
  .catch(null);
/** OpenRouter's own message says only that somebody behind it failed. */
const metadata = z.object({ raw: z.string() }).optional().catch(undefined);
const words = z.object({ message: z.string(), code, status: code, type: code, metadata });
/** FastAPI's: where it was wrong, and how. */
const place = z.array(z.union([z.string(), z.number()])).catch([]);
const complaints = z.array(z.object({ msg: z.string(), loc: place })).min(1);

const detail = z.union([
  z.string().transform((message) => ({ message })),
  complaints.transform((all) => ({ message: all.map(({ loc, msg }) => [...loc, msg].join(' ')).join('; ') })),
  words,
]);
const problem = z.union([words, z.string().transform((message) => ({ message }))]);

/** Each with who says it so. The first that fits is taken. */
const body = z.union([
  z.object({ error: words }).transform(({ error }) => error), // OpenAI, OpenRouter, Ollama
  z
    .object({ error: z.string(), message: z.string(), code })
    .transform(({ message, code: own }) => ({ message, code: own })),
  z.object({ error: z.string(), code }).transform(({ error, code: own }) => ({ message: error, code: own })), // LM Studio
  z.object({ detail }).transform(({ detail: said }) => said), // FastAPI, and what is built on it
  z.object({ errors: z.array(problem).min(1) }).transform(({ errors }) => errors[0] ?? { message: '' }), // Cloudflare
  words, // vLLM, Mistral
]);

type Words = Partial<z.infer<typeof words>> & { message: string };

/** @param said a body as a text or parsed, which may be anything; Gemini's is a list of one */
export function plainError(said: unknown, key: string | null): PlainError {
  const value = typeof said === 'string' ? readJson(said) : said;
  const parsed = body.safeParse(Array.isArray(value) ? value[0] : value);
  return parsed.success ? plain(parsed.data, key) : NOTHING;
}

function plain(said: Words, key: string | null): PlainError {
  const named = [said.code, said.status, said.type].filter((one) => typeof one === 'string');
  const number = named.map(Number).find((one) => one >= 400 && one <= 599);
  const own = named.find((one) => !/^\d+$/.test(one)) ?? null;
  return { message: plainLine(withCause(said), key), code: own, status: number ?? null };
}

function withCause({ message, metadata: more }: Words): string {
  if (!more) return message;
  const within = body.safeParse(readJson(more.raw));
  return `${message}: ${within.success ? within.data.message : more.raw}`;
}

/** Words by which a page is one of an error; a page of something else would be shown by its title, too. */
const ERROR_PAGE = /\b[45]\d\d\b|error|denied|forbidden|not found|unavailable|gateway|time-?out|blocked/i;

/**
 * An error whose body is no JSON: one line of a plain text, and of a page its title alone, where that names an error.
 * @param type the media type
 */
export function plainPage(said: string, type: string, key: string | null): string {
  const start = said.trimStart();
  if (start.startsWith('<')) {
    const title = /<title[^>]*>([^<]{1,1000})<\/title>/i.exec(start)?.[1] ?? '';
    return ERROR_PAGE.test(title) ? plainLine(title, key) : '';
  }
  return /^text\/plain\b/i.test(type) && !/^[[{"]/.test(start) ? plainLine(start, key) : '';
}

/**
 * An error that stands where an answer should, or in the middle of one.
 * @param event the name that a stream gives it
 */
export function errorIn(value: unknown, event: string | null, key: string | null): PlainError | null {
  const said: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof said !== 'object' || said === null) return null;
  const { error, choices, data, object, type, ...words } = said as Readonly<Record<string, unknown>>;
  const within = Array.isArray(choices) ? choices[0]?.error : undefined;
  if (isSaid(within)) return plainError({ error: within }, key);
  const isError = isSaid(error) || event === 'error' || object === 'error' || type === 'error';
  const isOnlyWords = choices === undefined && data === undefined && COMPLAINTS.some((name) => isSaid(words[name]));
  return isError || isOnlyWords ? plainError(said, key) : null;
}

/** Where there is neither an answer nor an `error`, these say why. */
const COMPLAINTS = ['detail', 'errors', 'message'];

/** Some have a place for an error in every answer. */
const isSaid = (value: unknown) =>
  typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value);
