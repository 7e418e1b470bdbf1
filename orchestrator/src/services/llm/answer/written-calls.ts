/**
 * Tool calls that a model writes into its text, where the server in front of it does not know its template: they are
 * taken out of what is said and are calls like any other, where their tool was offered; else they stay text. Pure.
 *
 *   text ──a mark, outside of code──► marked: held until the answer ends ──► calls, and what is left as text
 *   start ──JSON or Python that may be a call──► bare: held likewise, a call if it is nothing else
 */
import { endOfString } from '../../../domain/text/json-string.ts';
import { readJson } from '../../../domain/text/json-text.ts';
import { pythonCallAt } from './python-calls.ts';
import { SPAN, type Span, scanText, unfinished } from './tags.ts';

export interface WrittenCall {
  name: string;
  /** JSON. */
  arguments: string;
}

export interface WrittenCalls {
  /** @returns what of it is surely text */
  hear(text: string): string;
  end(): { text: string; calls: WrittenCall[] };
  /** What was held back was no text at all: it begins anew. @returns it */
  drop(): string;
  /** Characters that are held back. */
  size(): number;
}

/** In lower case; what is behind them tells more. */
const MARKS = [
  '<tool_call>', // Hermes, Qwen, GLM
  '<tool_calls>',
  '<function=', // Qwen Coder, Llama
  '[tool_calls]', // Mistral
  '<|python_tag|>', // Llama
  '<|tool_call|>', // Granite
  '<｜tool▁calls▁begin｜>', // DeepSeek
];
/** Between two calls, and around them. */
const GLUE =
  /(?:<\/?tool_calls?>|<\|\/?tool_call\|>|\[\/?tool_calls\]|<\|(?:python_tag|eom_id|eot_id|im_end)\|>|<｜tool▁calls?▁(?:begin|end)｜>|```(?:json|python|tool_code|tool_call)?|functools(?=\[)|[\s,;[\]]){0,1000}/iy;
/** What an answer that is nothing but a call begins with; `functools` before the list is of Phi. */
const BARE = /^(?:```(?:json)?\s*|functools)?(?:\[\s*)?\{\s*"(\w*)("?)/i;
const BEFORE_BARE = /^(?:`{0,3}|```\w{0,9}\s*|functools)\[?\s*\{?\s*$/i;
const FUNCTOOLS = 'functools';
/** The same in Python: in a list or in a fence, else it could be a word. */
const BARE_PYTHON = /^(?:```(?:python|tool_code|tool_call)\s*\[?|\[)\s*([\w.-]{1,128})(\(?)/i;
/** White space is no sign of anything; beyond so much it is text. */
const LONGEST_BEFORE = 200;
const FIRST_KEYS = ['name', 'type', 'function', 'parameters', 'arguments', 'id', 'tool'];

/** @param tools the names of those that were offered; without any, all is text */
export function createWrittenCalls(tools: ReadonlySet<string>): WrittenCalls {
  let held = '';
  let span: Span = SPAN;
  let state: State = 'start';
  function fromText(): string {
    const end = endOfWords(held) - unfinished(held.slice(0, endOfWords(held)), [...MARKS, '```']);
    const { span: next, closed } = scanText(held.slice(0, end), span, { openings: [], closings: MARKS });
    const said = held.slice(0, endOfWords(held.slice(0, closed?.at ?? end)));
    [held, span, state] = [held.slice(said.length), next, closed ? 'marked' : 'text'];
    return said;
  }
  return {
    hear(text) {
      if (tools.size === 0) return text;
      held += text;
      if (state === 'start') state = stateOf(held, tools);
      return state === 'text' ? fromText() : '';
    },
    end() {
      const read =
        state === 'text' ? { text: held, calls: [] } : readCalls(held, { tools, isBare: state !== 'marked' });
      held = '';
      return read;
    },
    drop() {
      const dropped = held;
      [held, span, state] = ['', SPAN, 'start'];
      return dropped;
    },
    size: () => held.length,
  };
}

type State = 'start' | 'text' | 'marked' | 'bare';

/** Of the beginning of an answer, which may be a call without any mark. */
function stateOf(held: string, tools: ReadonlySet<string>): State {
  const said = held.trimStart();
  const [isPython, word = '', bracket = ''] = BARE_PYTHON.exec(said) ?? [];
  if (isPython !== undefined) {
    const name = word.replace(/\.call$/, '');
    if (bracket !== '') return tools.has(name) ? 'bare' : 'text';
    return [...tools].some((tool) => `${tool}.call`.startsWith(word)) ? 'start' : 'text';
  }
  const [all, key = '', quote = ''] = BARE.exec(said) ?? [];
  if (all === undefined) {
    const mayBegin = BEFORE_BARE.test(said) || FUNCTOOLS.startsWith(said);
    return held.length < LONGEST_BEFORE && mayBegin ? 'start' : 'text';
  }
  if (quote !== '') return FIRST_KEYS.includes(key) ? 'bare' : 'text';
  return FIRST_KEYS.some((one) => one.startsWith(key)) ? 'start' : 'text';
}

/** White space before a call is nobody's word, so it waits; more of it than stands before calls does not. */
function endOfWords(text: string): number {
  const end = text.trimEnd().length;
  return text.length - end > LONGEST_BEFORE ? text.length : end;
}

interface Reading {
  tools: ReadonlySet<string>;
  /** Nothing marks it, so it must be nothing else. */
  isBare: boolean;
}

function readCalls(held: string, { tools, isBare }: Reading): { text: string; calls: WrittenCall[] } {
  const calls: WrittenCall[] = [];
  let at = 0;
  for (;;) {
    const begin = behind(GLUE, held, at);
    const read = callAt(held, begin, isBare);
    if (!read || !tools.has(read.call.name)) break;
    calls.push(read.call);
    at = behind(GLUE, held, read.end);
  }
  const rest = held.slice(at);
  if (calls.length === 0 || (isBare && rest.trim() !== '')) return { text: held, calls: [] };
  return { text: rest, calls };
}

function matchAt(sticky: RegExp, text: string, at: number): RegExpExecArray | null {
  sticky.lastIndex = at;
  return sticky.exec(text);
}

/** @returns where it ends that matches there; a sticky expression that matches nothing, too */
const behind = (sticky: RegExp, text: string, at: number) => at + (matchAt(sticky, text, at)?.[0].length ?? 0);

interface Read {
  call: WrittenCall;
  end: number;
}

function callAt(text: string, at: number, isBare: boolean): Read | null {
  if (text[at] === '{') return ofObject(text, at, isBare);
  const ofMark = isBare ? null : (ofTags(text, at) ?? ofArgumentTags(text, at) ?? ofName(text, at));
  return ofMark ?? ofPython(text, at);
}

function ofPython(text: string, at: number): Read | null {
  const call = pythonCallAt(text, at);
  return call && { call: { name: call.name, arguments: JSON.stringify(call.args) }, end: call.end };
}

/** `{"name": "x", "arguments": {}}`, by whatever names. */
function ofObject(text: string, at: number, isBare: boolean): Read | null {
  const end = endOfObject(text, at);
  const said = fieldsIn(text.slice(at, end));
  if (!said) return null;
  const own = typeof said.function === 'object' ? (fieldsOf(said.function) ?? said) : said;
  const name = [own.name, own.function, own.tool].find((one) => typeof one === 'string');
  const args = own.arguments ?? own.parameters ?? own.args;
  if (name === undefined || (isBare && args === undefined)) return null;
  return { call: { name: String(name), arguments: written(args) }, end };
}

/** `x{}`, `x[ARGS]{}`, `x[CALL_ID]y[ARGS]{}` (Mistral), a word before the name and a fence around the rest (DeepSeek). */
const NAMED =
  /(?:\w{1,64}<｜tool▁sep｜>)?([\w.-]{1,128})\s{0,9}(?:\[call_id\]\w{1,64})?(?:\[args\]|<｜tool▁sep｜>)?\s{0,9}(?:```json)?\s{0,9}(?=\{)/iy;

function ofName(text: string, at: number): Read | null {
  const [all = '', name = ''] = matchAt(NAMED, text, at) ?? [];
  const end = endOfObject(text, at + all.length);
  const args = text.slice(at + all.length, end);
  return name !== '' && fieldsIn(args) ? { call: { name, arguments: args }, end } : null;
}

/** `<function=x>{}</function>` (Llama), `<function=x><parameter=y>1</parameter></function>` (Qwen Coder). */
const TAGGED = /<function=([\w.-]{1,128})>(.*?)(?:<\/function>|$)/isy;
const PARAMETER = /^([\w.-]{1,128})>\n?(.*?)\n?<\/parameter>/is;

function ofTags(text: string, at: number): Read | null {
  const [all = '', name = '', body = ''] = matchAt(TAGGED, text, at) ?? [];
  if (name === '') return null;
  const parameters = body.split(/<parameter=/i).map((one) => PARAMETER.exec(one) ?? []);
  const values = parameters.flatMap(([, key, value]) => (key === undefined ? [] : [[key, value]]));
  const args = fieldsIn(body.trim()) ? body.trim() : JSON.stringify(Object.fromEntries(values));
  return { call: { name, arguments: args }, end: at + all.length };
}

/** `x<arg_key>y</arg_key><arg_value>1</arg_value></tool_call>` (GLM); without any of them where the tag is closed. */
const NAME = /([\w.-]{1,128})\s*/y;
const KEY = /<arg_key>([^<]{0,1000})<\/arg_key>\s*<arg_value>/iy;
const VALUE_END = '</arg_value>';
const AFTER_VALUE = /\s*/y;

function ofArgumentTags(text: string, from: number): Read | null {
  const name = matchAt(NAME, text, from);
  if (!name) return null;
  const args: Record<string, unknown> = Object.create(null);
  let at = from + name[0].length;
  for (let key = matchAt(KEY, text, at); key; key = matchAt(KEY, text, at)) {
    const begin = at + key[0].length;
    const end = text.indexOf(VALUE_END, begin);
    if (end < 0) return null;
    args[(key[1] ?? '').trim()] = objectOrText(text.slice(begin, end));
    at = behind(AFTER_VALUE, text, end + VALUE_END.length);
  }
  const isWhole = text.startsWith('</tool_call>', at) || (at === text.length && Object.keys(args).length > 0);
  return isWhole ? { call: { name: name[1] ?? '', arguments: JSON.stringify(args) }, end: at } : null;
}

/** A template writes lists and objects as JSON and all else as it is. */
function objectOrText(value: string): unknown {
  const parsed = /^\s*[[{]/.test(value) ? readJson(value) : undefined;
  return typeof parsed === 'object' && parsed !== null ? parsed : value;
}

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
const fieldsIn = (text: string) => fieldsOf(readJson(text));
const written = (args: unknown) => (typeof args === 'string' ? args : JSON.stringify(args ?? {}));

/** @returns behind the object that begins there, or the end of the text */
function endOfObject(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const sign = text[at];
    if (sign === '"') at = endOfString(text, at);
    else if (sign === '{') depth += 1;
    else if (sign === '}') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return text.length;
}
