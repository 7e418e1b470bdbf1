/** An answer of a language model, put together from what its provider says: in one piece, or in many. */
import { LARGEST_RESULT_BYTES } from '../../../domain/messages/message-size.ts';
import type { Answer, Choice, Message } from './answer-schema.ts';
import { contentOf } from './content.ts';
import { finishWord } from './finish-reason.ts';
import { createSplitter, type Heard, type Splitter } from './thinking.ts';
import { type Calls, type Conversation, createCalls } from './tool-calls.ts';
import { type Fields, fieldsOf, mergeFields, takenFields } from './unknown-fields.ts';
import { type Counted, countedWith, NOTHING_COUNTED } from './usage.ts';
import { createWrittenCalls, type WrittenCalls } from './written-calls.ts';

const KNOWN = ['role', 'content', 'tool_calls', 'function_call'];
/** Nobody reads more, and it may be a multiple of what is said. */
const MOST_THINKING = 64 * 1024;

export interface Spoken {
  text: string;
  thinking: string;
  calls: Calls;
  /** What else was said, to go back. */
  extra: Fields;
  finishReason: string | null;
  model: string | null;
  counted: Counted;
  isRefusal: boolean;
  /** A whole message has come, so nothing is missing. */
  isWhole: boolean;
  /** What came as text was thinking. */
  wasVoid: boolean;
  /** There was something of an answer at all. */
  hasBegun: boolean;
  splitter: Splitter;
  written: WrittenCalls;
}

/** @param isHeld `createSplitter` */
export function nothingSpoken(conversation: Conversation, isHeld = false): Spoken {
  return {
    text: '',
    thinking: '',
    calls: createCalls(conversation),
    extra: fieldsOf(),
    finishReason: null,
    model: null,
    counted: NOTHING_COUNTED,
    isRefusal: false,
    isWhole: false,
    wasVoid: false,
    hasBegun: false,
    splitter: createSplitter(isHeld),
    written: createWrittenCalls(conversation.tools),
  };
}

/** What came with one piece. `isVoid`: what was said as text before it was thinking. */
export interface News {
  text: string;
  thinking: string;
  isVoid: boolean;
}

const NO_NEWS: News = Object.freeze({ text: '', thinking: '', isVoid: false });

export function hearAnswer(spoken: Spoken, said: Answer): News {
  spoken.model = said.model || spoken.model;
  spoken.counted = countedWith(countedWith(spoken.counted, said.x_groq?.usage), said.usage);
  // Of several answers, which nobody asked for, the first.
  const choice = said.choices?.find(({ index }) => !Number(index));
  return choice ? hearChoice(spoken, choice) : NO_NEWS;
}

function hearChoice(spoken: Spoken, { finish_reason, delta, message }: Choice): News {
  spoken.finishReason = finishWord(finish_reason) ?? spoken.finishReason;
  const said = delta ?? message;
  if (!said) return NO_NEWS;
  spoken.hasBegun = true;
  spoken.isWhole ||= !delta;
  for (const part of said.tool_calls ?? []) spoken.calls.hear(part, !delta);
  if (said.function_call) spoken.calls.hear({ function: said.function_call, type: 'function' }, !delta);
  return hearMessage(spoken, said);
}

function hearMessage(spoken: Spoken, message: Message): News {
  const { text, thinking, parts, isRefusal } = contentOf(message);
  spoken.isRefusal ||= isRefusal;
  mergeFields(spoken.extra, takenFields(message, KNOWN));
  if (parts) mergeFields(spoken.extra, [['content', parts]]);
  return withNews(spoken, spoken.splitter.hear(text), thinking);
}

/** What was held back, since it might have been the beginning of a tag, or a call. */
export function hearEnd(spoken: Spoken): News {
  const news = withNews(spoken, spoken.splitter.end(), '');
  const { text, calls } = spoken.written.end();
  for (const call of calls) if (!spoken.calls.has(call)) spoken.calls.hear({ function: { ...call } }, true);
  spoken.text += text;
  return { ...news, text: news.text + text };
}

function withNews(spoken: Spoken, { parts, isVoid }: Heard, thought: string): News {
  const of = (kind: 'text' | 'thinking') =>
    parts
      .filter((part) => part.kind === kind)
      .map((part) => part.text)
      .join('');
  spoken.wasVoid ||= isVoid;
  const wasSaid = isVoid ? spoken.text + spoken.written.drop() : '';
  const text = spoken.written.hear(of('text'));
  const before = (spoken.thinking + wasSaid).slice(0, MOST_THINKING);
  const thinking = (thought + of('thinking')).slice(0, MOST_THINKING - before.length);
  spoken.thinking = before + thinking;
  const wasTold = isVoid && spoken.text !== '';
  spoken.text = (isVoid ? '' : spoken.text) + text;
  return { text, thinking, isVoid: wasTold };
}

/** More than a message on the bus takes: a model that repeats itself would go on as long as it is heard. */
export const isEndless = ({ text, calls, written }: Spoken) =>
  text.length + calls.size() + written.size() > LARGEST_RESULT_BYTES;
