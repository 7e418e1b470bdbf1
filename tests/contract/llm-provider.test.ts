/** The provider of language models against a server that speaks the real protocol, in all its moods. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { HairemError } from '../../orchestrator/src/domain/errors/errors.ts';
import type { ChatRequest, ModelCall, ModelSettings } from '../../orchestrator/src/domain/llm/language-model.ts';
import { createAddressClass } from '../../orchestrator/src/domain/network/ip-address.ts';
import { createLlmProvider } from '../../orchestrator/src/services/llm/provider/provider.ts';
import { turnedUntil } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { type Answer, type LlmServer, startLlmServer } from '../support/servers/llm-server.ts';

let server: LlmServer;
let waits: number[];
let heard: string[];
let restarts: number;

const classOf = createAddressClass([]);

const hello: ChatRequest = {
  messages: [{ role: 'user', content: 'hello there' }],
  tools: [],
  options: {},
  stream: false,
};
const streamed = { ...hello, stream: true };

beforeEach(async () => {
  server = await startLlmServer();
  waits = [];
  heard = [];
  restarts = 0;
});
afterEach(() => server.close());

function settings(more: Partial<ModelSettings> = {}): ModelSettings {
  const model = { model: 'small', embeddingModel: 'vectors' };
  const way = { reach: 'owner' as const, allowedModels: null };
  return { baseUrl: server.url, ...way, apiKey: 'sk-secret-1', ...model, options: {}, price: null, ...more };
}

function call({ signal = new AbortController().signal, key = 'electra-1' } = {}): ModelCall {
  return {
    key,
    signal,
    onText: (text) => heard.push(text),
    onRestart: () => {
      restarts += 1;
      heard = [];
    },
    onRetry() {},
  };
}

const provider = (timeoutMs = 5_000) =>
  createLlmProvider({ clock: { sleep: async (ms) => void waits.push(ms) }, timeoutMs, random: () => 0.5, classOf });
const chat = (request = hello, own = settings()) => provider().chat(own, request, call());

/** One answer after the other; the last one again and again. */
function answers(...list: Answer[]): void {
  let n = 0;
  server.onAsked = () => list[Math.min(n++, list.length - 1)] ?? {};
}

const failing = (code: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof HairemError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, message);
  assert.doesNotMatch(error.message, /sk-secret/);
  return true;
};

describe('a call', () => {
  test('is answered, with what it used', async () => {
    const { usage, ...answer } = await chat();
    assert.deepEqual(answer, {
      text: 'you said: hello there',
      thinking: '',
      tool_calls: [],
      extra: {},
      finish_reason: 'stop',
      notice: null,
      model: 'small',
    });
    assert.equal(usage.completion_tokens, 4);
    assert.equal(usage.total_tokens, usage.prompt_tokens + 4);
  });

  test('carries key, idempotency key and options; the request wins over the settings', async () => {
    const own = settings({ options: { temperature: 0.1, top_p: 0.5 } });
    await chat({ ...hello, options: { temperature: 0.9, model: 'large' } }, own);
    const [asked] = server.asked;
    assert.equal(asked?.key, 'sk-secret-1');
    assert.equal(asked?.idempotency, 'electra-1');
    const { model, temperature, top_p, tools } = asked?.body ?? {};
    assert.deepEqual(
      { model, temperature, top_p, tools },
      { model: 'large', temperature: 0.9, top_p: 0.5, tools: undefined },
    );
  });

  test('without a key sends none', async () => {
    await chat(hello, settings({ apiKey: null }));
    assert.equal(server.asked[0]?.key, null);
  });

  test('is streamed in pieces, whole at the end', async () => {
    const { text, usage, finish_reason } = await chat(streamed);
    assert.deepEqual(heard, ['you ', 'said: ', 'hello ', 'there']);
    assert.deepEqual(
      { text, finish_reason, out: usage.completion_tokens },
      { text: heard.join(''), finish_reason: 'stop', out: 4 },
    );
  });

  for (const stream of [false, true]) {
    test(`asks for tools (${stream ? 'streamed' : 'whole'})`, async () => {
      answers({
        text: 'let me',
        tools: [
          { name: 'who_can', args: { capability: 'light' } },
          { name: 'now', args: {} },
        ],
      });
      const tools = [{ type: 'function', function: { name: 'who_can', parameters: { type: 'object' } } }];
      const { text, tool_calls, finish_reason } = await chat({ ...hello, tools, stream });
      assert.deepEqual(server.asked[0]?.body.tools, tools);
      assert.equal(text, 'let me');
      assert.equal(finish_reason, 'tool_calls');
      assert.deepEqual(
        tool_calls.map((one) => [one.id, one.function.name, one.function.arguments]),
        [
          ['call_0_who_can', 'who_can', '{"capability":"light"}'],
          ['call_1_now', 'now', '{}'],
        ],
      );
    });
  }

  test('texts become vectors, in their order', async () => {
    const { embeddings, usage } = await provider().embed(settings(), ['the lamp', 'the sea', 'the lamp'], call());
    assert.equal(embeddings.length, 3);
    assert.deepEqual(embeddings[0], embeddings[2]);
    assert.notDeepEqual(embeddings[0], embeddings[1]);
    assert.equal(usage.prompt_tokens, usage.total_tokens);
    assert.equal(server.asked[0]?.body.model, 'vectors');
  });
});

describe('what it costs', () => {
  test('is what the provider says', async () => {
    answers({ text: 'a b', cost: 0.25 });
    assert.equal((await chat()).usage.cost, 0.25);
    answers({ text: 'a b', headers: { 'x-litellm-response-cost': '0.5' } });
    const { usage } = await provider().chat(settings(), streamed, call({ key: 'electra-2' }));
    assert.equal(usage.cost, 0.5);
  });

  test('is counted by the configured price otherwise, and is nothing without one', async () => {
    answers({ text: 'a b' });
    const { usage } = await chat(hello, settings({ price: { input: 1_000_000, output: 2_000_000 } }));
    assert.equal(usage.cost, usage.prompt_tokens + 2 * usage.completion_tokens);
  });
});

describe('what may pass by itself', () => {
  for (const status of [408, 500, 503]) {
    test(`${status} is tried again`, async () => {
      answers({ status }, { status }, { text: 'well' });
      assert.equal((await chat()).text, 'well');
      assert.deepEqual(waits, [500, 1000]);
      assert.deepEqual([...new Set(server.asked.map(({ idempotency }) => idempotency))], ['electra-1']);
    });
  }

  test('429 waits as long as it is told', async () => {
    answers({ status: 429, headers: { 'retry-after': '7' } }, { text: 'well' });
    assert.equal((await chat()).text, 'well');
    assert.deepEqual(waits, [7000]);
  });

  test('nobody waits ten minutes', async () => {
    answers({ status: 429, message: 'slow down', headers: { 'retry-after': '600' } });
    await assert.rejects(chat(), failing('rate_limited', /too many calls \(429\), and asks to wait 600 s: slow down/));
    assert.equal(server.asked.length, 1);
  });

  test('is given up after three more tries', async () => {
    answers({ status: 502, message: 'bad gateway' });
    await assert.rejects(chat(), failing('unavailable', /failed \(502\): bad gateway/));
    assert.equal(server.asked.length, 4);
  });

  test('a stream that is cut is void, and is not bought again', async () => {
    answers({ text: 'one two three four', cutAfter: 2 });
    await assert.rejects(chat(streamed), failing('unavailable', /broke off in the middle/));
    assert.deepEqual([restarts, heard, server.paid(), server.asked.length], [1, [], 1, 1]);
  });

  test('a model that does not stop is stopped, and told how to be shorter', async () => {
    answers({ pieces: Array.from({ length: 40 }, () => 'again '.repeat(8_192)) });
    await assert.rejects(chat(streamed), failing('too_large', /1 MiB.*max_tokens/));
    assert.equal(server.asked.length, 1);
    assert.equal(restarts, 1);
  });
});

describe('what will not', () => {
  const cases: [string, Answer, string, RegExp][] = [
    [
      'a wrong key',
      { status: 401, message: 'Incorrect API key: sk-secret-1' },
      'unauthorized',
      /refuses the key \(401\).*HAIREM_LLM_API_KEY/,
    ],
    ['no credit', { status: 402, message: 'buy some' }, 'refused', /wants to be paid first \(402\): buy some/],
    ['a region', { status: 403, message: 'not here' }, 'refused', /forbids it \(403\)/],
    ['an unknown model', { status: 404, message: 'model not found' }, 'bad_request', /knows no "small".*\/v1/],
    [
      'a bad request',
      { status: 400, message: 'temperature too high' },
      'bad_request',
      /does not understand it \(400\): temperature/,
    ],
    ['too long a prompt', { status: 413 }, 'too_large', /too large \(413\)/],
    ['no quota', { status: 429, code: 'insufficient_quota', message: 'quota' }, 'rate_limited', /no quota left/],
  ];
  for (const [name, answer, code, message] of cases) {
    test(`${name} is said at once`, async () => {
      answers(answer);
      await assert.rejects(chat(), failing(code, message));
      assert.equal(server.asked.length, 1);
    });
  }

  test('a missing key is asked for', async () => {
    server.apiKey = 'other';
    await assert.rejects(chat(hello, settings({ apiKey: null })), failing('unauthorized', /wants a key \(401\)/));
  });

  test('silence ends at its deadline, before the first word and between two', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const cases: [Answer, ChatRequest, isReached: () => boolean][] = [
      [{ silent: true }, hello, () => server.asked.length === 1],
      [{ text: 'one two', pieceDelayMs: 400 }, streamed, () => heard.join('') === 'one '],
    ];
    for (const [answer, request, isReached] of cases) {
      answers(answer);
      const silence = failing('timeout', /said nothing for 0.08 s/);
      const asked = assert.rejects(provider(80).chat(settings(), request, call()), silence);
      await turnedUntil(isReached);
      t.mock.timers.tick(80);
      await asked;
    }
    assert.equal(server.asked.length, 2, 'it is not asked again: it may be paid already');
  });

  test('a slow stream may take longer than the deadline, as long as it speaks', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const words = ['one ', 'two ', 'three ', 'four'];
    answers({ pieces: words, pieceDelayMs: 149 });
    const asked = provider(150).chat(settings(), streamed, call());
    for (const n of words.keys()) {
      if (n > 0) t.mock.timers.tick(149);
      await turnedUntil(() => heard.length === n + 1);
    }
    assert.equal((await asked).text, words.join(''));
  });

  test('nobody there is said with its reason', async () => {
    const closed = await freePort();
    const own = settings({ baseUrl: `http://127.0.0.1:${closed}/v1` });
    await assert.rejects(
      chat(hello, own),
      failing('unavailable', /cannot be reached: nobody listens there.*ECONNREFUSED/),
    );
    assert.equal(waits.length, 3);
  });

  test('a call that is given up ends at once, while it speaks and while it waits', async () => {
    answers({ text: 'one two three', pieceDelayMs: 10_000 });
    const stop = new AbortController();
    const asked = provider().chat(settings(), streamed, {
      ...call({ signal: stop.signal }),
      onText: () => stop.abort(),
    });
    await assert.rejects(asked, failing('cancelled', /given up/));
    answers({ status: 500 });
    const later = new AbortController();
    const sleep = (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
        later.abort();
      });
    const waiting = createLlmProvider({ clock: { sleep }, timeoutMs: 5_000, classOf });
    await assert.rejects(
      waiting.chat(settings(), hello, call({ signal: later.signal, key: 'electra-2' })),
      failing('cancelled', /given up/),
    );
  });
});
