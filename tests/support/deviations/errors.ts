/** How providers, and what stands before them, say that they will not. */
import type { Raw } from '../servers/llm-server.ts';

export const json = (value: unknown, more: Partial<Raw> = {}): Raw => ({ pieces: [JSON.stringify(value)], ...more });
export const page = (body: string, type: string, status: number): Raw => ({ pieces: [body], type, status });
export const error = { error: { message: 'no good', code: null, type: 'x' } };

/** Each with what an agent is told of it; null: nothing. All are refusals (4xx). */
export const WORDS: [name: string, body: Raw, words: RegExp | null][] = [
  ['OpenAI', json(error, { status: 400 }), /no good/],
  ['a text', json({ error: 'no good' }, { status: 400 }), /no good/],
  ['a text beside its message', json({ error: 'Bad Request', message: 'no good' }, { status: 400 }), /no good/],
  ['FastAPI', json({ detail: 'no good' }, { status: 400 }), /no good/],
  [
    'FastAPI, with places',
    json({ detail: [{ loc: ['body', 'n'], msg: 'no good' }] }, { status: 422 }),
    /body n no good/,
  ],
  ['FastAPI, with a message', json({ detail: { message: 'no good' } }, { status: 400 }), /no good/],
  ['a message alone', json({ message: 'no good' }, { status: 400 }), /no good/],
  ['a list of errors', json({ errors: [{ message: 'no good' }] }, { status: 400 }), /no good/],
  ['a list of texts', json({ errors: ['no good'] }, { status: 400 }), /no good/],
  [
    'Gemini',
    json([{ error: { code: 400, message: 'no good', status: 'INVALID_ARGUMENT' } }], { status: 400 }),
    /no good/,
  ],
  [
    'OpenRouter',
    json({ error: { message: 'Provider returned error', metadata: { raw: '{"detail":"no good"}' } } }, { status: 400 }),
    /returned error: no good/,
  ],
  ['JSON that calls itself a text', json(error, { status: 400, type: 'text/plain' }), /no good/],
  ['JSON that calls itself nothing', json(error, { status: 400, type: '' }), /no good/],
  [
    'an event',
    { pieces: [`event: error\ndata: ${JSON.stringify(error)}\n\n`], type: 'text/event-stream', status: 400 },
    /no good/,
  ],
  ['a plain text', page('no good\n', 'text/plain; charset=utf-8', 400), /no good/],
  [
    'https (Go)',
    page('Client sent an HTTP request to an HTTPS server.', 'text/plain', 400),
    /HTTPS server\. \(write https:/,
  ],
  [
    'https (nginx)',
    page('<title>400 The plain HTTP request was sent to HTTPS port</title>', 'text/html', 400),
    /HTTPS port \(write https:/,
  ],
  ['a page of an error', page('<html><title>400 Bad Request</title>secret', 'text/html', 400), /400 Bad Request$/],
  ['another page', page('<html><title>Router of Ada</title>secret', 'text/html', 400), null],
  ['nothing', page('', 'application/json', 400), null],
  ['something else', json({ secret: 'no good' }, { status: 400 }), null],
];
