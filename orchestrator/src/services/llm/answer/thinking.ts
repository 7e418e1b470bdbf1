/**
 * Parts what a model only thinks from what it says, while it speaks. Thinking stands at the beginning of an answer, between
 * tags, or in channels of its own (Harmony, gpt-oss); what looks so in the middle of a text is text. Pure.
 *
 *   start ──<think>──► thinking ──</think>──► start (there may be more of it)
 *     ├──<|channel|>──► header ──<|message|>──► channel ──<|end|>──► start
 *     └──anything else──► text ──</think> that nothing had opened──► start: all of it was thinking
 *
 * A model whose template begins the thinking is known by its name, or after its first answer: what it says is held back
 * then until the closing tag (`held` in place of `start`), and is text after all where none comes.
 */
import { indexOfAny, SPAN, type Span, scanText, unfinished } from './tags.ts';

export interface Part {
  kind: 'text' | 'thinking';
  text: string;
}

export interface Heard {
  parts: Part[];
  /** All text before these parts was thinking, too: the model's template had begun it, and told nobody. */
  isVoid: boolean;
}

export interface Splitter {
  hear(text: string): Heard;
  end(): Heard;
}

const TAGS = ['think', 'thinking', 'thought', 'reasoning', 'seed:think'];
/** Each with what ends it; in lower case. */
const PAIRS: readonly (readonly [open: string, close: string])[] = [
  ...TAGS.map((tag) => [`<${tag}>`, `</${tag}>`] as const),
  ['[think]', '[/think]'], // Mistral
  ['<|start_thinking|>', '<|end_thinking|>'], // Cohere
  ['◁think▷', '◁/think▷'], // Kimi
];
const OPENINGS = PAIRS.map(([open]) => open);
const CLOSINGS = PAIRS.map(([, close]) => close);
const HEADERS = ['<|channel|>', '<|start|>'];
const HEADER_END = ['<|message|>'];
const CHANNEL_ENDS = ['<|end|>', '<|return|>', '<|call|>'];
/** What may begin at the end of a piece. */
const MARKS = [...OPENINGS, ...CLOSINGS, '```'];
const LONGEST_HEADER = 300;
const LONGEST_TAG = Math.max(...[...OPENINGS, ...CLOSINGS, ...HEADERS].map((tag) => tag.length));

type State =
  /** `seen`: so much of it has no closing tag; `span` is how it goes on there. */
  | { at: 'held'; seen: number; span: Span }
  | { at: 'start'; trims: boolean }
  | { at: 'thinking'; close: string }
  | { at: 'header' }
  | { at: 'channel'; kind: Part['kind'] }
  | { at: 'text'; span: Span };

const START: State = { at: 'start', trims: false };

/** How far a state has read, and where it leads. */
interface Step {
  state: State;
  used: number;
  parts?: Part[];
  isVoid?: boolean;
}

/** @param isHeld the model is known to begin with thinking that no tag opens */
export function createSplitter(isHeld: boolean): Splitter {
  let state: State = isHeld ? { at: 'held', seen: 0, span: SPAN } : START;
  let rest = '';
  const run = (isEnd: boolean): Heard => {
    const heard: Heard = { parts: [], isVoid: false };
    for (;;) {
      const step = stepFrom(state, rest, isEnd);
      if (step.isVoid) {
        heard.isVoid = true;
        for (const part of heard.parts) part.kind = 'thinking';
      }
      heard.parts.push(...(step.parts ?? []).filter(({ text }) => text !== ''));
      const isStuck = step.used === 0 && step.state.at === state.at;
      [state, rest] = [step.state, rest.slice(step.used)];
      if (isStuck || (rest === '' && !isEnd)) return heard;
    }
  };
  return {
    hear(text) {
      rest += text;
      return run(false);
    },
    end: () => run(true),
  };
}

function stepFrom(state: State, rest: string, isEnd: boolean): Step {
  if (state.at === 'held') return fromHeld(state, rest, isEnd);
  if (state.at === 'start') return fromStart(state, rest, isEnd);
  if (state.at === 'thinking') return fromThinking(state, rest, isEnd);
  if (state.at === 'header') return fromHeader(state, rest, isEnd);
  if (state.at === 'channel') return fromChannel(state, rest, isEnd);
  return fromText(state, rest, isEnd);
}

function fromHeld(state: State & { at: 'held' }, rest: string, isEnd: boolean): Step {
  const said = rest.trimStart().toLowerCase().slice(0, LONGEST_TAG);
  if ([...OPENINGS, ...HEADERS].some((one) => said.startsWith(one))) return { state: START, used: 0 };
  const end = rest.length - (isEnd ? 0 : unfinished(rest, MARKS));
  const { span, closed } = scanText(rest.slice(state.seen, end), state.span, {
    openings: OPENINGS,
    closings: CLOSINGS,
  });
  if (closed) {
    const at = state.seen + closed.at;
    const thought: Part = { kind: 'thinking', text: rest.slice(0, at) };
    return { state: { at: 'start', trims: true }, used: at + closed.token.length, parts: [thought] };
  }
  return { state: isEnd || !span.mayClose ? START : { at: 'held', seen: end, span }, used: 0 };
}

function fromStart(state: State & { at: 'start' }, rest: string, isEnd: boolean): Step {
  const said = rest.trimStart().toLowerCase();
  const lead = rest.length - rest.trimStart().length;
  const open = PAIRS.find((pair) => said.startsWith(pair[0]));
  if (open) return { state: { at: 'thinking', close: open[1] }, used: lead + open[0].length };
  const close = CLOSINGS.find((one) => said.startsWith(one));
  if (close) return { state: { at: 'start', trims: true }, used: lead + close.length };
  if (HEADERS.some((one) => said.startsWith(one))) return { state: { at: 'header' }, used: lead };
  const mayBe = [...OPENINGS, ...CLOSINGS, ...HEADERS].some((one) => one.startsWith(said));
  if (mayBe && !isEnd) return { state, used: 0 };
  if (said === '') return { state, used: rest.length, parts: [{ kind: 'text', text: state.trims ? '' : rest }] };
  // What was opened and closed is done: a closing tag behind it is text.
  return { state: { at: 'text', span: { ...SPAN, mayClose: !state.trims } }, used: state.trims ? lead : 0 };
}

function fromThinking(state: State & { at: 'thinking' }, rest: string, isEnd: boolean): Step {
  const { at, token } = indexOfAny(rest, [state.close]);
  const part = (text: string): Part => ({ kind: 'thinking', text });
  if (token) {
    return { state: { at: 'start', trims: true }, used: at + token.length, parts: [part(rest.slice(0, at))] };
  }
  const used = rest.length - (isEnd ? 0 : unfinished(rest, [state.close]));
  return { state, used, parts: [part(rest.slice(0, used))] };
}

/** `<|start|>assistant<|channel|>final<|message|>`; what is not `final` is for the model, or a call of a tool. */
function fromHeader(state: State, rest: string, isEnd: boolean): Step {
  const { at, token } = indexOfAny(rest, HEADER_END);
  if (token) {
    const tool = /\bto=functions\.([\w.-]{1,128})/i.exec(rest.slice(0, at))?.[1];
    if (tool) {
      // As others write it, for who reads calls out of the text (written-calls.ts).
      const call: Part = { kind: 'text', text: `<tool_call>${tool}` };
      return { state: { at: 'channel', kind: 'text' }, used: at + token.length, parts: [call] };
    }
    const channel = /<\|channel\|>\s*(\w+)/i.exec(rest.slice(0, at))?.[1]?.toLowerCase() ?? 'final';
    const kind = channel === 'final' ? 'text' : 'thinking';
    return { state: { at: 'channel', kind }, used: at + token.length };
  }
  if (!isEnd && rest.length < LONGEST_HEADER) return { state, used: 0 };
  return { state: { at: 'text', span: SPAN }, used: 0 };
}

function fromChannel(state: State & { at: 'channel' }, rest: string, isEnd: boolean): Step {
  const ends = [...CHANNEL_ENDS, ...HEADERS];
  const { at, token } = indexOfAny(rest, ends);
  if (token) {
    const used = HEADERS.includes(token) ? at : at + token.length;
    return { state: { at: 'start', trims: true }, used, parts: [{ kind: state.kind, text: rest.slice(0, at) }] };
  }
  const used = rest.length - (isEnd ? 0 : unfinished(rest, ends));
  return { state, used, parts: [{ kind: state.kind, text: rest.slice(0, used) }] };
}

function fromText(state: State & { at: 'text' }, rest: string, isEnd: boolean): Step {
  if (!state.span.mayClose) return { state, used: rest.length, parts: [{ kind: 'text', text: rest }] };
  const used = rest.length - (isEnd ? 0 : unfinished(rest, MARKS));
  const said = rest.slice(0, used);
  const { span, closed } = scanText(said, state.span, { openings: OPENINGS, closings: CLOSINGS });
  if (!closed) return { state: { at: 'text', span }, used, parts: [{ kind: 'text', text: said }] };
  const thought: Part = { kind: 'thinking', text: said.slice(0, closed.at) };
  return { state: { at: 'start', trims: true }, used: closed.at + closed.token.length, parts: [thought], isVoid: true };
}
