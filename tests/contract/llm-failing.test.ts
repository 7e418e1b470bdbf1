/** What providers say in place of an answer: their own words, bounded, with what to do; and what is asked again. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { HairemError } from '../../orchestrator/src/domain/errors/errors.ts';
import type { ModelSettings } from '../../orchestrator/src/domain/llm/language-model.ts';
import { createAddressClass } from '../../orchestrator/src/domain/network/ip-address.ts';
import { createLlmProvider } from '../../orchestrator/src/services/llm/provider/provider.ts';
import { error, json, page, WORDS } from '../support/deviations/errors.ts';
import { DONE, delta, END, events, say, whole } from '../support/deviations/said.ts';
import { type LlmServer, type Raw, startLlmServer } from '../support/servers/llm-server.ts';

const waits: number[] = [];
const provider = createLlmProvider({
  clock: { sleep: async (ms) => void waits.push(ms) },
  timeoutMs: 5_000,
  random: () => 0.5,
  classOf: createAddressClass([]),
});
let server: LlmServer;
let said: string[];
let isPaid = false;
before(async () => {
  server = await startLlmServer();
  server.honoursKeys = false;
});
after(() => server.close());
beforeEach(() => {
  server.asked.length = 0;
  waits.length = 0;
  [said, isPaid] = [[], false];
});

const settings = (baseUrl = server.url): ModelSettings => {
  const model = { apiKey: 'sk-secret-1', model: 'small', embeddingModel: 'vectors', options: {}, price: null };
  return { baseUrl, reach: 'owner', allowedModels: null, ...model };
};
const call = () => ({
  key: 'k',
  signal: new AbortController().signal,
  onText: (text: string) => said.push(text),
  onThinking: (text: string) => said.push(text),
  onRestart: () => {
    said = [];
  },
  onRetry() {},
  onAnswered: () => {
    isPaid = true;
  },
});
const hi = (stream: boolean) => ({ messages: [{ role: 'user', content: 'hi' }], tools: [], options: {}, stream });
/** One after the other; the last one again and again. */
function answers(...list: (Raw & { headers?: Record<string, string> })[]): void {
  let n = 0;
  server.onAsked = () => {
    const { headers = {}, ...raw } = list[Math.min(n++, list.length - 1)] ?? { pieces: [] };
    return { raw, headers };
  };
}

async function failure(asked: Promise<unknown>): Promise<HairemError> {
  const thrown = await asked.then(
    (answer) => assert.fail(`it was answered: ${JSON.stringify(answer)}`),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof HairemError, String(thrown));
  assert.doesNotMatch(thrown.message, /sk-secret/);
  return thrown;
}

describe('the words of an error', () => {
  for (const [name, body, words] of WORDS) {
    for (const stream of [true, false]) {
      test(`${name} (${stream ? 'streamed' : 'whole'})`, async () => {
        answers(body);
        const { code, message } = await failure(provider.chat(settings(), hi(stream), call()));
        assert.equal(code, 'bad_request');
        assert.match(message, words ?? /does not understand it \(4\d\d\)$/);
        assert.doesNotMatch(message, /no body|secret/);
        assert.equal(server.asked.length, 1);
      });
    }
  }

  test('are bounded, and hold no key', async () => {
    answers(json({ detail: `sk-secret-1 ${'x'.repeat(5_000)}` }, { status: 400 }));
    assert.ok((await failure(provider.chat(settings(), hi(true), call()))).message.length < 500);
  });
});

describe('an error in place of an answer', () => {
  const rows: [name: string, body: Raw, code: string, words: RegExp, asked: number][] = [
    ['with 200', json(error), 'unavailable', /answers with an error: no good/, 1],
    [
      'with 200 and a text (LM Studio)',
      json({ error: 'Unexpected endpoint' }),
      'unavailable',
      /Unexpected endpoint/,
      1,
    ],
    ['with 200 and detail', json({ detail: 'no good' }), 'unavailable', /no good/, 1],
    ['with 200 and errors (Cloudflare)', json({ success: false, errors: ['no good'] }), 'unavailable', /no good/, 1],
    ['with 200 and a message', json({ message: 'no good' }), 'unavailable', /no good/, 1],
    ['with 200 and null choices', json({ ...error, choices: null }), 'unavailable', /no good/, 1],
    ['with 200 and a code', json({ error: { message: 'slow', code: 429 } }), 'rate_limited', /\(429\).*slow/, 4],
    [
      'with 200 and a code as a word',
      json({ error: { message: 'who', type: 'invalid_api_key' } }),
      'unauthorized',
      /\(401\): who/,
      1,
    ],
    [
      'with 200, of a choice (OpenRouter)',
      json({ choices: [{ error: { message: 'down', code: 502 } }] }),
      'unavailable',
      /\(502\): down/,
      4,
    ],
    ['as the first event', events(error), 'unavailable', /no good/, 1],
    [
      'as the first event, overloaded (Anthropic)',
      events('event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"busy"}}\n\n'),
      'unavailable',
      /\(503\): busy/,
      4,
    ],
    [
      'as a line of its own in a stream',
      events(': hi\n\n', `${JSON.stringify(error)}\n\n`),
      'unavailable',
      /no good/,
      1,
    ],
    ['a web page', page('<html>secret', 'text/html', 200), 'unavailable', /web page/, 1],
    ['nothing at all', page('', 'application/json', 200), 'unavailable', /nothing that is the answer/, 1],
    ['a stream of nothing', events(DONE), 'unavailable', /nothing that is the answer/, 1],
    ['half of a JSON', page('{"choices":[{"mess', 'application/json', 200), 'unavailable', /not JSON/, 1],
  ];
  for (const [name, body, code, words, asked] of rows) {
    for (const stream of [true, false]) {
      test(`${name} (${stream ? 'streamed' : 'whole'})`, async () => {
        answers(body);
        const failed = await failure(provider.chat(settings(), hi(stream), call()));
        assert.equal(failed.code, code, failed.message);
        assert.match(failed.message, words);
        assert.deepEqual([server.asked.length, isPaid], [asked, false]);
      });
    }
  }

  test('is said for vectors, too', async () => {
    answers(json(error));
    assert.match((await failure(provider.embed(settings(), ['a'], call()))).message, /no good/);
  });
});

describe('what was said in part is never bought again', () => {
  const half = [say('hel'), say('lo')];
  const rows: [name: string, body: Raw, words: RegExp][] = [
    ['torn off', { ...events(...half), end: 'cut' }, /broke off in the middle/],
    ['ended without a reason', events(...half), /cut off in the middle/],
    ['an error', events(...half, { error: { message: 'down', code: 502 } }), /failed \(502\): down/],
    ['an error without a code', events(...half, error), /failed while it spoke: no good/],
    ['something that is no JSON', events(...half, 'data: {"choices\n\n', END, DONE), /not JSON/],
    ['thinking alone, torn off', { ...events(delta({ reasoning: 'hmm' })), end: 'cut' }, /broke off in the middle/],
    [
      'half of a call, torn off',
      {
        ...events(delta({ tool_calls: [{ index: 0, id: 'p', function: { name: 'a', arguments: '{"x' } }] })),
        end: 'cut',
      },
      /broke off/,
    ],
  ];
  for (const [name, body, words] of rows) {
    for (const stream of [true, false]) {
      test(`${name} (${stream ? 'streamed' : 'whole'})`, async () => {
        answers(body);
        const { code, message } = await failure(provider.chat(settings(), hi(stream), call()));
        assert.equal(code, 'unavailable');
        assert.match(message, words);
        assert.deepEqual([server.asked.length, said, isPaid], [1, [], true]);
      });
    }
  }
});

describe('what cannot have been paid is asked again', () => {
  const rows: [name: string, status: number, headers: Record<string, string>, waits: number[]][] = [
    ['busy', 503, {}, [500]],
    ['overloaded (Anthropic)', 529, {}, [500]],
    ['too many, in seconds', 429, { 'retry-after': '3' }, [3000]],
    ['too many, in parts of seconds', 429, { 'retry-after': '0.5' }, [500]],
    ['too many, in milliseconds', 429, { 'retry-after-ms': '20' }, [20]],
    ['too many, until a time that is over', 429, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, [0]],
    ['too many, in words', 429, { 'retry-after': 'soon' }, [500]],
    ['down, in seconds', 503, { 'retry-after': '2' }, [2000]],
  ];
  for (const [name, status, headers, waited] of rows) {
    test(name, async () => {
      answers({ ...json(error, { status }), headers }, whole({ content: 'well' }));
      assert.equal((await provider.chat(settings(), hi(true), call())).text, 'well');
      assert.deepEqual(waits, waited);
    });
  }

  for (const status of [504, 524]) {
    test(`${status} is not: the model behind that gateway is at work on it`, async () => {
      answers(page('', 'text/html', status));
      assert.equal((await failure(provider.chat(settings(), hi(false), call()))).code, 'timeout');
      assert.equal(server.asked.length, 1);
    });
  }
});

describe('a field that is refused by its name', () => {
  const message = { role: 'assistant', content: 'so', reasoning_content: 'hmm' };
  const asked = { ...hi(true), messages: [message, { role: 'user', content: 'hi' }] };
  const refusal = (message: string) => json({ error: { message } }, { status: 400 });

  test('is left out, and the same is asked once more', async () => {
    answers(
      refusal('stream_options: Extra inputs are not permitted'),
      refusal("'reasoning_content' is unsupported"),
      whole({ content: 'well' }),
    );
    assert.equal((await provider.chat(settings(), asked, call())).text, 'well');
    const { messages, stream_options } = server.asked.at(-1)?.body ?? {};
    assert.deepEqual([messages?.[0], stream_options], [{ role: 'assistant', content: 'so' }, undefined]);
    assert.deepEqual([server.asked.length, waits], [3, []]);
  });

  test('is the end where it is none of ours, or refused again', async () => {
    answers(refusal('messages are not supported'));
    assert.equal((await failure(provider.chat(settings(), asked, call()))).code, 'bad_request');
    assert.equal(server.asked.length, 1);
    answers(refusal('stream_options is not supported'));
    assert.equal((await failure(provider.chat(settings(), asked, call()))).code, 'bad_request');
    assert.equal(server.asked.length, 3);
  });
});
