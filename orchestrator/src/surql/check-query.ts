/**
 * Whether an agent may run a query: by its tokens, so wherever a statement hides (a subquery, a block, a closure, the
 * VALUE of a field) it is found. The engine's own limits and a process without anything to find are the second wall.
 */
import { HairemError } from '../domain/errors/errors.ts';
import {
  ALLOCATING,
  ANALYZERS,
  DEEPENING,
  DEFINABLE,
  DEFINING,
  GROWING,
  LARGEST_NUMBER,
  MAY_SAY,
  NAMESPACES,
  NO_CALLS,
  NO_FUNCTIONS,
  OUTSIDE,
  SHOWN,
  STATEMENTS,
} from './allowed.ts';
import { type Token, tokensOf } from './tokens.ts';

const LARGEST_QUERY_BYTES = 16 * 1024;
const MOST_TOKENS = 4_000;
const DEEPEST = 32;
/** In one statement: each makes the engine's stack deeper, and three times as many end its process. */
const MOST_OPERATORS = 200;

/** @returns whether it may make the database larger. @throws HairemError refused, bad_request, too_large */
export function checkQuery(surql: string): { grows: boolean } {
  if (Buffer.byteLength(surql) > LARGEST_QUERY_BYTES) {
    throw new HairemError('too_large', `a query may have ${LARGEST_QUERY_BYTES} bytes: give what is large as vars`);
  }
  const tokens = tokensOf(surql);
  checkTokens(tokens);
  return { grows: tokens.some((token) => token.kind === 'word' && GROWING.has(upper(token))) };
}

function checkTokens(tokens: readonly Token[]): void {
  mustBeBounded(tokens);
  tokens.forEach((token, at) => {
    if (token.kind === 'word') checkWord(tokens, at);
    if (token.kind === 'word' || token.kind === 'name') checkPath(tokens, at);
    if (token.kind === 'string') checkString(token);
  });
}

function mustBeBounded(tokens: readonly Token[]): void {
  if (tokens.length > MOST_TOKENS) throw tooMuch(`more than ${MOST_TOKENS} words and signs`);
  let depth = 0;
  let operators = 0;
  for (const [at, token] of tokens.entries()) {
    const { kind, text } = token;
    if (kind === 'sign' && /^[([{]$/.test(text)) depth += 1;
    if (kind === 'sign' && /^[)\]}]$/.test(text)) depth -= 1;
    if (depth > DEEPEST) throw tooMuch(`more than ${DEEPEST} brackets in each other`);
    if (isDeepening(tokens, at)) operators += 1;
    if (operators > MOST_OPERATORS) throw tooMuch(`more than ${MOST_OPERATORS} operators in one statement`);
    if (text === ';' && kind === 'sign' && depth <= 0) operators = 0;
  }
}

/** Not a minus that belongs to a number, as in a list of them. */
function isDeepening(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at] as Token;
  if (token.kind !== 'sign') return token.kind === 'word' && DEEPENING.has(upper(token));
  if (token.text === '-' && tokens[at + 1]?.kind === 'number' && /^[,[(]$/.test(tokens[at - 1]?.text ?? ''))
    return false;
  return !/^[()[\]{},:;]$/.test(token.text);
}

function checkWord(tokens: readonly Token[], at: number): void {
  const token = tokens[at] as Token;
  if (isKey(tokens, at)) return;
  const [word, next] = [upper(token), tokens[at + 1]];
  if (DEFINING.has(word)) checkDefinition(word, next);
  if (word === 'INFO' && isWord(next, 'FOR')) checkInfo(tokens[at + 2]);
  if (word === 'ANALYZER') checkAnalyzer(next);
  if (NO_CALLS.has(word) && (isSign(next, '(') || next?.kind === 'number' || next?.kind === 'param')) throw no(word);
  if (isOutside(word, next)) throw no(word);
  if (isHead(tokens[at - 1]) && isStatement(next) && !STATEMENTS.has(word)) throw no(word.slice(0, 40));
}

/** A part of a path, or the key of an object, or the table of a record's id. */
function isKey(tokens: readonly Token[], at: number): boolean {
  if (isSign(tokens[at + 1], ':')) return true;
  const owner = tokens[at - 2];
  return isSign(tokens[at - 1], '.') && owner !== undefined && (owner.kind !== 'sign' || /^[)\]}*?]$/.test(owner.text));
}

/** Where a statement of any kind may begin. */
const isHead = (before: Token | undefined) => before === undefined || isSign(before, ';') || isSign(before, '{');

/** What follows the first word of a statement, and no name in an expression. */
const isStatement = (next: Token | undefined) => next === undefined || next.kind !== 'sign' || next.text === ';';

/** Statements of two words that are no expression: also where we would expect none. */
function isOutside(word: string, next: Token | undefined): boolean {
  if (word === 'KILL') return next?.kind === 'string' || next?.kind === 'param';
  return next?.kind === 'word' && OUTSIDE[word]?.includes(upper(next)) === true;
}

function checkDefinition(word: string, next: Token | undefined): void {
  if (next?.kind === 'word' && DEFINABLE.has(upper(next)) && word !== 'REBUILD') return;
  throw no(next ? `${word} ${upper(next).slice(0, 40)}` : word);
}

function checkInfo(what: Token | undefined): void {
  if (what?.kind !== 'word' || !SHOWN.has(upper(what))) throw no(`INFO FOR ${what ? upper(what).slice(0, 40) : ''}`);
}

function checkAnalyzer(name: Token | undefined): void {
  if (!name || name.kind === 'sign' || !ANALYZERS.has(name.text)) throw no('an ANALYZER other than memory_words');
}

/** `a::b::c`, from its first part. */
function checkPath(tokens: readonly Token[], at: number): void {
  const parts = [tokens[at] as Token];
  while (isSign(tokens[at + 2 * parts.length - 1], '::')) {
    const part = tokens[at + 2 * parts.length];
    if (part?.kind !== 'word' && part?.kind !== 'name') throw no('a function with a strange name');
    parts.push(part);
  }
  const isFirst = !isSign(tokens[at - 1], '::');
  const path = parts.map(({ text }) => text.toLowerCase()).join('::');
  if (isFirst && parts.length > 1) checkFunction(path);
  const end = at + 2 * parts.length - 1;
  const isCalled = isFirst && isSign(tokens[end], '(');
  if (isCalled && ALLOCATING.has(upper(parts.at(-1) as Token))) checkNumbers(path, tokens, end);
}

function checkFunction(path: string): void {
  const [namespace = ''] = path.split('::');
  const isNamed = NO_FUNCTIONS.some((name) => path === name || path.startsWith(`${name}::`));
  if (isNamed || !NAMESPACES.has(namespace)) throw refused(`the function ${path.slice(0, 80)} is not for agents`);
}

/** Until the bracket that closes the call. */
function checkNumbers(path: string, tokens: readonly Token[], open: number): void {
  let depth = 0;
  for (let at = open; at < tokens.length; at += 1) {
    const { kind, text } = tokens[at] as Token;
    if (kind === 'sign' && text === '(') depth += 1;
    if (kind === 'sign' && text === ')') depth -= 1;
    if (depth === 0) return;
    if (kind === 'number' && Number.parseFloat(text.replaceAll('_', '')) > LARGEST_NUMBER) {
      throw refused(`${path.slice(0, 80)} with a number above ${LARGEST_NUMBER} is not for agents`);
    }
  }
}

/** What is in a record's string is read by the engine as a query is. */
function checkString({ prefix, text }: Token): void {
  if (prefix === 'f') throw no('a file');
  if (prefix === 'r') checkTokens(tokensOf(text));
}

const upper = ({ text }: Token) => text.toUpperCase();
const isSign = (token: Token | undefined, text: string) => token?.kind === 'sign' && token.text === text;
const isWord = (token: Token | undefined, word: string) => token?.kind === 'word' && upper(token) === word;

const refused = (why: string) => new HairemError('refused', why);
const no = (what: string) => refused(`${what} is not for agents; a query may say ${MAY_SAY}`);
const tooMuch = (what: string) => new HairemError('bad_request', `the query has ${what}: say it in several`);
