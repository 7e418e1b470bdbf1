/** Answers that are not whole, and fields beside an answer that go back as they came. */
import type { Raw } from '../servers/llm-server.ts';
import { type Deviation, DONE, delta, END, events, type Fields, row, say, whole } from './said.ts';

const noted = (name: string, says: Raw, text: string, notice: RegExp) => row(name, says, { text, notice });
export const NOTICES: Deviation[] = [
  noted(
    'length before the first word',
    whole({ content: '' }, 'length'),
    '',
    /nothing was said.*max_tokens \(7\).*higher/,
  ),
  noted(
    'length while it thought',
    events(say('<think>hmm'), delta({}, 'length'), DONE),
    '',
    /all was thinking.*max_tokens \(7\)/,
  ),
  noted('length in the middle', events(say('hel'), delta({}, 'length'), DONE), 'hel', /cut off by max_tokens \(7\)/),
  noted('MAX_TOKENS (Gemini)', whole({ content: 'hel' }, 'MAX_TOKENS'), 'hel', /cut off by max_tokens/),
  noted('content_filter', whole({ content: null }, 'content_filter'), '', /content filter let nothing through/),
  noted(
    'SAFETY, in the middle (Gemini)',
    events(say('hel'), delta({}, 'SAFETY'), DONE),
    'hel',
    /content filter cut the answer off/,
  ),
  noted('a refusal', whole({ content: null, refusal: 'I will not.' }), 'I will not.', /refuses/),
  noted(
    'a refusal in pieces',
    events(delta({ refusal: 'I will ' }), delta({ refusal: 'not.' }), END, DONE),
    'I will not.',
    /refuses/,
  ),
  noted('error', events(delta({}, 'error'), DONE), '', /broke off with an error/),
  noted('thinking alone', whole({ content: '<think>hmm</think>' }), '', /has thought, and said nothing/),
  noted(
    'thinking alone, in a field',
    whole({ content: null, reasoning_content: 'hmm' }),
    '',
    /has thought, and said nothing/,
  ),
  noted('nothing', whole({ content: '' }), '', /said nothing: ask again/),
  noted('nothing, in a stream', events(delta({ role: 'assistant' }), END, DONE), '', /said nothing/),
];

const kept = (name: string, says: Raw, extra: Fields) => row(name, says, { extra });
export const EXTRAS: Deviation[] = [
  kept('whole', whole({ content: 'hello', reasoning_content: 'hmm', annotations: [{ a: 1 }], refusal: null }), {
    reasoning_content: 'hmm',
    annotations: [{ a: 1 }],
  }),
  kept(
    'texts of a stream are joined',
    events(delta({ reasoning_content: 'h' }), delta({ reasoning_content: 'm' }), END, DONE),
    { reasoning_content: 'hm' },
  ),
  kept(
    'lists go on at their index (OpenRouter)',
    events(
      delta({ reasoning_details: [{ type: 'reasoning.text', index: 0, text: 'h', format: 'f' }] }),
      delta({ reasoning_details: [{ type: 'reasoning.text', index: 0, text: 'm', format: 'f' }] }),
      delta({ reasoning_details: [{ type: 'reasoning.encrypted', index: 1, data: 'x' }] }),
      END,
      DONE,
    ),
    {
      reasoning_details: [
        { type: 'reasoning.text', index: 0, text: 'hm', format: 'f' },
        { type: 'reasoning.encrypted', index: 1, data: 'x' },
      ],
    },
  ),
  kept(
    'lists without an index grow',
    events(
      delta({ annotations: [{ type: 'url', url: 'a' }] }),
      delta({ annotations: [{ type: 'url', url: 'b' }] }),
      END,
      DONE,
    ),
    {
      annotations: [
        { type: 'url', url: 'a' },
        { type: 'url', url: 'b' },
      ],
    },
  ),
  kept(
    'blocks of thinking are closed by their signature (LiteLLM)',
    events(
      delta({ thinking_blocks: [{ type: 'thinking', thinking: 'h', signature: null }] }),
      delta({ thinking_blocks: [{ type: 'thinking', thinking: 'm' }] }),
      delta({ thinking_blocks: [{ type: 'thinking', thinking: '', signature: 's' }] }),
      END,
      DONE,
    ),
    { thinking_blocks: [{ type: 'thinking', thinking: 'hm', signature: 's' }] },
  ),
  kept(
    'a block of thinking that was signed is followed by another',
    events(
      ...['h', 'm'].map((thinking) => delta({ thinking_blocks: [{ type: 'thinking', thinking, signature: 's' }] })),
      END,
      DONE,
    ),
    {
      thinking_blocks: [
        { type: 'thinking', thinking: 'h', signature: 's' },
        { type: 'thinking', thinking: 'm', signature: 's' },
      ],
    },
  ),
  kept(
    'objects are joined by name',
    events(
      delta({ extra_content: { google: { thought: 'h' } } }),
      delta({ extra_content: { google: { thought: 'm', n: 1 } } }),
      END,
      DONE,
    ),
    { extra_content: { google: { thought: 'hm', n: 1 } } },
  ),
  kept(
    'content in parts, where they are more than text',
    whole({
      content: [
        { type: 'thinking', thinking: 'h', signature: 's' },
        { type: 'text', text: 'hello' },
      ],
    }),
    {
      content: [
        { type: 'thinking', thinking: 'h', signature: 's' },
        { type: 'text', text: 'hello' },
      ],
    },
  ),
  kept('nothing of a page', whole({ content: 'hello' }), {}),
];
