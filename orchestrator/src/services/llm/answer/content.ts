/** What a message says and thinks, in the places where providers put it: a text, parts of several kinds, fields. Pure. */
import type { Message } from './answer-schema.ts';

export interface Content {
  text: string;
  /** Of parts and fields; what stands between tags in a text is `answer/thinking.ts`'s. */
  thinking: string;
  /** It has parts that are more than text, which go back as they came. */
  parts: readonly unknown[] | null;
  isRefusal: boolean;
}

/** The first of them that is a text; several of them say the same. */
const THOUGHTS = ['reasoning_content', 'reasoning', 'thinking'];
const THINKS = /^(thinking|redacted_thinking|reasoning)/;
const SAYS = /^(text|output_text|refusal)$/;

export function contentOf(message: Message): Content {
  const fields = THOUGHTS.map((name) => message[name]).find((value) => typeof value === 'string' && value !== '');
  const said = Array.isArray(message.content) ? ofParts(message.content) : { ...NONE, text: textIn(message.content) };
  const refusal = said.text === '' ? (message.refusal ?? '') : '';
  const thinking = said.thinking + (said.thinking === '' && typeof fields === 'string' ? fields : '');
  return { ...said, text: said.text + refusal, thinking, isRefusal: said.isRefusal || refusal !== '' };
}

const NONE: Content = { text: '', thinking: '', parts: null, isRefusal: false };

function ofParts(parts: readonly unknown[]): Content {
  const known = parts.map(ofPart);
  const joined = (kind: 'text' | 'thinking') => known.map((part) => part[kind]).join('');
  const isPlain = known.every((part) => part.parts === null);
  const isRefusal = known.some((part) => part.isRefusal);
  return { text: joined('text'), thinking: joined('thinking'), parts: isPlain ? null : parts, isRefusal };
}

function ofPart(part: unknown): Content {
  if (typeof part === 'string') return { ...NONE, text: part };
  if (typeof part !== 'object' || part === null) return NONE;
  const { type, text, thinking, reasoning, refusal } = part as Readonly<Record<string, unknown>>;
  const kind = typeof type === 'string' ? type : 'text';
  const parts = [part];
  if (THINKS.test(kind)) return { ...NONE, thinking: textIn(thinking ?? text ?? reasoning), parts };
  if (!SAYS.test(kind)) return { ...NONE, parts };
  return { ...NONE, text: textIn(text ?? refusal), isRefusal: kind === 'refusal' };
}

/** A text, or a list of what has one. */
function textIn(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return '';
  return value.map((one) => (typeof one?.text === 'string' ? one.text : '')).join('');
}
