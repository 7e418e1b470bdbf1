/** What of a stranger's words is given on: one line, short, without what a terminal or a page would act on. Pure. */
import * as z from 'zod';
import { readJson } from '../domain/json-text.ts';

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

const coded = z.object({ message: z.string(), code: z.string().max(64).nullable().catch(null) });
/** As OpenAI, Ollama and older vLLM say it. */
const body = z.union([
  z.object({ error: coded }).transform(({ error }) => error),
  z.object({ error: z.string() }).transform(({ error }) => ({ message: error, code: null })),
  coded,
]);

export interface PlainError {
  /** Empty where it said nothing that is a message. */
  message: string;
  code: string | null;
}

/** @param said a body as a text or parsed, which may be anything */
export function plainError(said: unknown, key: string | null): PlainError {
  const parsed = body.safeParse(typeof said === 'string' ? readJson(said) : said);
  if (!parsed.success) return { message: '', code: null };
  return { message: plainLine(parsed.data.message, key), code: parsed.data.code };
}
