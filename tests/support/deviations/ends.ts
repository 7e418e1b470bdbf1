/** How providers write a stream, and how they end it. */
import type { Raw } from '../servers/llm-server.ts';
import { A, type Deviation, DONE, delta, END, events, type Fields, type Given, part, row, say, whole } from './said.ts';

const hello = (name: string, says: Raw, more: Given = {}) =>
  row(name, says, { text: 'hello', notice: null, finish: 'stop', ...more });
const raw = (text: string, more: Partial<Raw> = {}): Raw => ({ type: 'text/event-stream', pieces: [text], ...more });
const line = (fields: Fields) => `data: ${JSON.stringify(fields)}`;
const bytes = Buffer.from(`${line(say('h€llo'))}\n\n${line(END)}\n\n`);
export const ENDS: Deviation[] = [
  hello('[DONE] without a reason', events(say('hel'), say('lo'), DONE)),
  hello('a reason without [DONE]', events(say('hello'), END)),
  hello('a reason, then torn off', { ...events(say('hello'), END), end: 'cut' }),
  hello('[DONE], then torn off', { ...events(say('hello'), DONE), end: 'cut' }),
  hello('[DONE], and the connection stays open', { ...events(say('hello'), DONE), end: 'open' }),
  hello('a reason and usage, and the connection stays open', {
    ...events(say('hello'), END, { choices: [], usage: { total_tokens: 3 } }),
    end: 'open',
  }),
  hello('a reason in the last piece', events(say('hel'), say('lo', 'stop'), DONE)),
  hello('an empty reason in each piece', events(say('hel', ''), say('lo', ''), DONE)),
  ...['eos', 'STOP', 'end_turn', 'eos_token', 'stop_sequence'].map((word) =>
    hello(`"${word}" for stop`, events(say('hello', word), DONE)),
  ),
  hello('a word that nobody knows', events(say('hello', 'weary'), DONE), { finish: 'weary' }),
  row('"tool_use" for tool_calls', events(delta({ tool_calls: [part(0, 'p', 'a', A[1])] }, 'tool_use'), DONE), {
    calls: [A],
    finish: 'tool_calls',
  }),
  hello(
    'usage behind the end, without choices',
    events(say('hello'), END, { choices: [], usage: { total_tokens: 3 } }, DONE),
  ),
  hello('choices missing or null in between', events({ id: 'x' }, { choices: null }, say('hello'), END, DONE)),
  hello('no empty lines', raw(`${line(say('hel'))}\n${line(say('lo'))}\n${line(END)}\ndata: [DONE]\n`)),
  hello('no line end behind the last', raw(`${line(say('hello'))}\n\n${line(END)}`)),
  hello('CRLF', raw(`${line(say('hello'))}\r\n\r\n${line(END)}\r\n\r\ndata: [DONE]\r\n\r\n`)),
  hello('CR', raw(`${line(say('hello'))}\r\r${line(END)}\r\rdata: [DONE]\r\r`)),
  hello('CR and LF in two pieces', {
    type: 'text/event-stream',
    pieces: [`${line(say('hello'))}\r`, '\n\r', `\n${line(END)}\r`, '\n\r\n'],
  }),
  hello('comments (OpenRouter)', events(': OPENROUTER PROCESSING\n\n', say('hello'), ':\n\n', END, DONE)),
  hello(
    'names, ids and retries of events',
    events('retry: 3000\n\n', `event: message\nid: 1\n${line(say('hello'))}\n\n`, END, DONE),
  ),
  hello(
    'no space behind data:',
    raw(`${line(say('hello'))}\n\n${line(END)}\n\ndata: [DONE]\n\n`.replaceAll('data: ', 'data:')),
  ),
  hello('a BOM', raw(`\ufeff${line(say('hello'))}\n\n${line(END)}\n\n`)),
  hello(
    'data over several lines',
    raw(`${JSON.stringify(say('hello'), null, 1).replaceAll(/^/gm, 'data: ')}\n\n${line(END)}\n\n`),
  ),
  hello(
    'data over several lines that end in CRLF',
    raw(
      `${JSON.stringify(say('hello'), null, 1).replaceAll(/^/gm, 'data: ').replaceAll('\n', '\r\n')}\r\n\r\n${line(END)}`,
    ),
  ),
  hello('several answers, though one was asked for', {
    ...events(
      { choices: [{ index: 1, delta: { content: 'other' } }] },
      { choices: [{ index: 1, delta: { content: 'other' } }, ...say('hello').choices] },
      END,
      DONE,
    ),
  }),
  hello('a place for an error in every piece', events({ ...say('hello'), error: null }, { ...END, error: {} }, DONE)),
  hello('words to keep it open', events('data: ping\n\n', 'data:\n\n', say('hello'), END, DONE)),
  hello('that calls itself JSON', { ...events(say('hello'), END, DONE), type: 'application/json' }),
  hello('that calls itself nothing', { ...events(say('hello'), END, DONE), type: '' }),
  hello(
    'a sign in two pieces',
    { type: 'text/event-stream', pieces: [...bytes].map((byte) => Buffer.from([byte])) },
    { text: 'h€llo' },
  ),
  hello('one JSON answer in place of a stream', whole({ content: 'hello' })),
  hello('a JSON answer that calls itself a stream', { ...whole({ content: 'hello' }), type: 'text/event-stream' }),
  hello('a JSON answer as one event', events({ choices: [{ message: { content: 'hello' }, finish_reason: 'stop' }] })),
  hello(
    'a piece in each line, without data:',
    raw(`${JSON.stringify(say('hello'))}\n${JSON.stringify(END)}\n`, { type: 'application/x-ndjson' }),
  ),
  hello('JSON with a BOM and spaces', { pieces: [`\ufeff \n${whole({ content: 'hello' }).pieces[0]}`] }),
  hello(
    'content in parts',
    whole({
      content: [
        { type: 'text', text: 'hel' },
        { type: 'text', text: 'lo' },
      ],
    }),
  ),
  hello('no reason in a whole answer', whole({ content: 'hello' }, null)),
  hello('usage that is none', {
    pieces: [JSON.stringify({ choices: [{ message: { content: 'hello' } }], usage: 'much' })],
  }),
];
