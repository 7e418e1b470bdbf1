/** Where providers put what a model only thinks. */
import type { Raw } from '../servers/llm-server.ts';
import { type Deviation, DONE, delta, END, events, row, say, texts, whole } from './said.ts';

const think = (name: string, says: Raw, text: string, thinking: string) => row(name, says, { text, thinking });
export const THINKING: Deviation[] = [
  think('in tags (qwen3)', texts('<think>\nhm', 'm\n</think>\n\n', 'hello'), 'hello', '\nhmm\n'),
  think('in tags that are torn', texts('<th', 'ink>h', 'mm</thi', 'nk>hel', 'lo'), 'hello', 'hmm'),
  think('one sign at a time', texts(...'<think>hmm</think>\n\nhello <b>you</b>'), 'hello <b>you</b>', 'hmm'),
  think('empty (qwen3 with /no_think)', texts('<think>\n\n</think>\n\nhello'), 'hello', '\n\n'),
  think('in <thinking>', texts('<thinking>hmm</thinking>hello'), 'hello', 'hmm'),
  think('in capitals, behind a line break', texts('\n<THINK>hmm</THINK>hello'), 'hello', 'hmm'),
  think('in [THINK] (Mistral)', texts('[THINK]hmm[/THINK]hello'), 'hello', 'hmm'),
  think('twice', texts('<think>h</think>\n<think>m</think>hello'), 'hello', 'hm'),
  think('begun by the template (DeepSeek R1)', texts('hmm', '\n</think>\n\nhel', 'lo'), 'hello', 'hmm\n'),
  think('begun and ended by the template', texts('\n</think>\n\nhello'), 'hello', ''),
  think('never ended', texts('<think>hmm', ' and so'), '', 'hmm and so'),
  think(
    'in the middle, where it is text',
    texts('Use `<think>` like this: <think>x</think>'),
    'Use `<think>` like this: <think>x</think>',
    '',
  ),
  think(
    'in code, where it is text',
    texts('```html\n</think>\n```\nends `</think>`'),
    '```html\n</think>\n```\nends `</think>`',
    '',
  ),
  think(
    'in code, where it is text, sign by sign',
    texts(...'```html\n</think>\n```\nends `</think>`'),
    '```html\n</think>\n```\nends `</think>`',
    '',
  ),
  think('behind other thinking, where it is text', texts('<think>a</think>say </think> so'), 'say </think> so', 'a'),
  think('is not every <', texts('<', 'b>bold</b> and 1 <', ' 2 <t'), '<b>bold</b> and 1 < 2 <t', ''),
  think(
    'in channels (gpt-oss)',
    texts(
      '<|channel|>analysis<|message|>hm',
      'm<|end|><|start|>assistant<|chan',
      'nel|>final<|message|>hello<|return|>',
    ),
    'hello',
    'hmm',
  ),
  think(
    'in reasoning_content (DeepSeek, vLLM)',
    events(
      delta({ reasoning_content: 'hm' }),
      delta({ reasoning_content: 'm', content: null }),
      say('hello'),
      END,
      DONE,
    ),
    'hello',
    'hmm',
  ),
  think(
    'in reasoning, and again in reasoning_content',
    events(delta({ reasoning: 'hmm', reasoning_content: 'hmm' }), say('hello'), END, DONE),
    'hello',
    'hmm',
  ),
  think('in thinking', events(delta({ thinking: 'hmm' }), say('hello'), END, DONE), 'hello', 'hmm'),
  think(
    'in parts (Mistral)',
    events(say([{ type: 'thinking', thinking: [{ type: 'text', text: 'hmm' }] }]), say('hello'), END, DONE),
    'hello',
    'hmm',
  ),
  think('whole, in tags', whole({ content: '<think>hmm</think>\n\nhello' }), 'hello', 'hmm'),
  think('whole, begun by the template', whole({ content: 'hmm\n</think>\n\nhello' }), 'hello', 'hmm\n'),
  think('whole, in a field', whole({ content: 'hello', reasoning: 'hmm' }), 'hello', 'hmm'),
  think(
    'whole, in parts (Anthropic)',
    whole({
      content: [
        { type: 'thinking', thinking: 'hmm', signature: 's' },
        { type: 'text', text: 'hello' },
      ],
    }),
    'hello',
    'hmm',
  ),
];
