/**
 * SurrealQL's lexis, for the check of what agents may say. Where the engine might see other tokens than we do, the text
 * is refused: a quote that one of the two takes for the end of a string would hide a statement. Pure.
 */
import { HairemError } from '../domain/errors/errors.ts';

export interface Token {
  /** `word` is bare, `name` is in backticks or ⟨⟩; a string's prefix is its `text`'s first letter. */
  kind: 'word' | 'name' | 'string' | 'number' | 'param' | 'sign';
  /** As written; of a name and a string without its quotes, and without their prefix. */
  text: string;
  /** Of a string: s r d u b f, or none. */
  prefix: string;
}

/** Longer ones first: each is one token for the engine, too. */
const SIGNS = ['<->', '..=', '::', '->', '<-', '=>', '..', '<|', '|>', '||', '&&', '**', '??', '?:', '!=', '==', '>='];
const LINE_COMMENTS = ['--', '//', '#'];
const WORD = /[a-zA-Z_][a-zA-Z0-9_]*/y;
/** Durations, ids that begin with a digit and exponents are of a number. */
const NUMBER = /[0-9][0-9a-zA-Zµ_]*(?:\.[0-9][0-9a-zA-Z_]*)?/y;
const SPACE = /[ \t\n\r]+/y;
/** Nobody knows whether they end a line. */
const STRANGE = /[^\P{C}\t\n\r]|\r(?!\n)|[\u2028\u2029]/u;
const ESCAPES = /^(?:[^\\]|\\[^u]|\\u\{[0-9a-fA-F]{1,6}\}|\\u[0-9a-fA-F]{4})*$/;

/** @throws HairemError bad_request, saying what is not clear */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const start = at;
    at = skipBlank(text, at);
    if (at > start) continue;
    const [token, end] = tokenAt(text, at, tokens.at(-1));
    tokens.push(token);
    at = end;
  }
  return tokens;
}

/** @returns where the blank at this place ends, comments included */
function skipBlank(text: string, at: number): number {
  const space = match(SPACE, text, at);
  if (space !== null) {
    if (STRANGE.test(space)) throw unclear('a carriage return alone');
    return at + space.length;
  }
  if (text.startsWith('/*', at)) return endOfBlock(text, at);
  if (!LINE_COMMENTS.some((sign) => text.startsWith(sign, at))) return at;
  const end = text.indexOf('\n', at);
  const comment = end < 0 ? text.slice(at) : text.slice(at, end);
  if (STRANGE.test(comment.replace(/\r$/, ''))) throw unclear('a comment with characters that may end a line');
  return end < 0 ? text.length : end + 1;
}

function endOfBlock(text: string, at: number): number {
  const end = text.indexOf('*/', at + 2);
  if (end < 0) throw unclear('a comment that is never closed');
  if (text.slice(at + 2, end).includes('/*')) throw unclear('a comment in a comment');
  return end + 2;
}

function tokenAt(text: string, at: number, before: Token | undefined): [Token, number] {
  const letter = text[at] ?? '';
  const next = text[at + 1] ?? '';
  if (letter === "'" || letter === '"') return string(text, at, '');
  if (/[srdubfSRDUBF]/.test(letter) && (next === "'" || next === '"'))
    return string(text, at + 1, letter.toLowerCase());
  if (letter === '`') return name(text, at, '`');
  if (letter === '⟨') return name(text, at, '⟩');
  if (letter === '$') return param(text, at);
  const word = match(WORD, text, at);
  if (word !== null) return [{ kind: 'word', text: word, prefix: '' }, at + word.length];
  const number = match(NUMBER, text, at);
  if (number !== null) return [{ kind: 'number', text: number, prefix: '' }, at + number.length];
  if (letter === '/') mustBeDivision(text, at, before);
  if (letter > '~' || letter < ' ' || letter === '\\') throw unclear(`the character ${JSON.stringify(letter)}`);
  const sign = SIGNS.find((one) => text.startsWith(one, at)) ?? letter;
  return [{ kind: 'sign', text: sign, prefix: '' }, at + sign.length];
}

function string(text: string, quoteAt: number, prefix: string): [Token, number] {
  const quote = text[quoteAt];
  let end = quoteAt + 1;
  while (end < text.length && text[end] !== quote) end += text[end] === '\\' ? 2 : 1;
  if (end >= text.length) throw unclear('a string that is never closed');
  const inside = text.slice(quoteAt + 1, end);
  if (!ESCAPES.test(inside) || (!/^s?$/.test(prefix) && inside.includes('\\')))
    throw unclear(`an escape in the string ${JSON.stringify(inside.slice(0, 40))}`);
  return [{ kind: 'string', text: inside, prefix }, end + 1];
}

function name(text: string, at: number, close: string): [Token, number] {
  const end = text.indexOf(close, at + 1);
  if (end < 0) throw unclear('a quoted name that is never closed');
  const inside = text.slice(at + 1, end);
  if (/[\\⟨`]/.test(inside) || STRANGE.test(inside)) throw unclear('a quoted name with an escape');
  return [{ kind: 'name', text: inside, prefix: '' }, end + 1];
}

function param(text: string, at: number): [Token, number] {
  const word = match(WORD, text, at + 1);
  if (word === null) throw unclear('$ without a name of letters, digits and _');
  return [{ kind: 'param', text: word, prefix: '' }, at + 1 + word.length];
}

/** A regular expression begins with the same sign, and may have any quote in it. */
function mustBeDivision(text: string, at: number, before: Token | undefined): void {
  const isOperand = before && (before.kind !== 'sign' ? before.kind !== 'word' : /^[)\]}]$/.test(before.text));
  const isLast = !text.includes('/', at + 1);
  if (isOperand || (before?.kind === 'word' && isLast)) return;
  throw unclear('a / that may begin a regular expression: write <regex> "…", or (a) / b to divide');
}

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

const unclear = (what: string) => new HairemError('bad_request', `the query has ${what}, which is not for agents`);
