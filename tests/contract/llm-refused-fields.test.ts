/** What a provider refuses by its name is paid for once: it is not sent again by the same agent to the same model. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { LanguageModel, ModelSettings } from '../../orchestrator/src/domain/llm/language-model.ts';
import { createAddressClass } from '../../orchestrator/src/domain/network/ip-address.ts';
import { createLlmProvider } from '../../orchestrator/src/services/llm/provider/provider.ts';
import { type Answer, type Asked, type LlmServer, startLlmServer } from '../support/servers/llm-server.ts';

let server: LlmServer;
let provider: LanguageModel;
let retries: string[];
before(async () => {
  server = await startLlmServer();
  server.honoursKeys = false;
});
after(() => server.close());
beforeEach(() => {
  server.asked.length = 0;
  retries = [];
  const sleep = async () => {};
  provider = createLlmProvider({ clock: { sleep }, timeoutMs: 5_000, classOf: createAddressClass([]) });
});

const settings = (options: object): ModelSettings => ({
  ...{ baseUrl: server.url, reach: 'owner', allowedModels: null, apiKey: null, price: null },
  ...{ model: 'small', embeddingModel: 'vectors', options: { ...options } },
});
const call = (agent: string) => ({
  ...{ agent, key: `k${server.asked.length}`, signal: new AbortController().signal },
  ...{ onText() {}, onRestart() {}, onRetry: (why: string) => void retries.push(why) },
});
const REASONED = { role: 'assistant', content: 'hello', reasoning_content: 'hmm' };
const chat = (agent: string, options: object, model = 'small') =>
  provider.chat(
    settings(options),
    {
      messages: [{ role: 'user', content: 'hi' }, REASONED, { role: 'user', content: 'and?' }],
      tools: [{ type: 'function', function: { name: 'a' } }],
      options: { model },
      stream: true,
    },
    call(agent),
  );
/** A provider that refuses what is told by these words. */
const refusing =
  (rows: readonly Row[]) =>
  ({ body }: Asked): Answer => {
    const [, , message] = rows.find(([, has]) => has(body)) ?? [];
    return message === undefined ? { text: 'hello' } : { status: 400, message };
  };

type Row = [name: string, has: (body: Asked['body']) => boolean, message: string];
const has = (name: string) => (body: Asked['body']) => body[name] !== undefined;
const REFUSED: readonly Row[] = [
  ['parallel_tool_calls', has('parallel_tool_calls'), "Unknown parameter: 'parallel_tool_calls'."],
  ['stream_options', has('stream_options'), 'body stream_options Extra inputs are not permitted'],
  [
    'max_tokens',
    has('max_tokens'),
    "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
  ],
  [
    'temperature',
    (body) => (body.temperature ?? 1) !== 1,
    "Unsupported value: 'temperature'. Only the default (1) value is supported.",
  ],
  ['top_p', has('top_p'), '`top_p` is not supported'],
  [
    'reasoning_content',
    ({ messages }) => JSON.stringify(messages).includes('reasoning_content'),
    "property 'reasoning_content' is unsupported",
  ],
];
const OPTIONS = { parallel_tool_calls: false, max_tokens: 7, temperature: 0.5, top_p: 0.5 };

for (const row of REFUSED) {
  test(`${row[0]} is refused once`, async () => {
    server.onAsked = refusing([row]);
    for (let n = 0; n < 3; n += 1) assert.equal((await chat('ada', OPTIONS)).text, 'hello');
    assert.equal(server.asked.length, 4, 'one refusal and three answers');
    assert.equal(retries.length, 1);
    assert.match(retries[0] ?? '', new RegExp(`does not take ${row[0]}$`));
  });
}

test('several are learned one by one, and together', async () => {
  server.onAsked = refusing(REFUSED.slice(0, 3));
  await chat('ada', OPTIONS);
  assert.equal(server.asked.length, 4);
  await chat('ada', OPTIONS);
  assert.equal(server.asked.length, 5);
  const { max_completion_tokens: most, temperature } = server.asked.at(-1)?.body ?? {};
  assert.deepEqual([most, temperature], [7, 0.5], 'what was not refused goes on');
});

test('of another model, and of another agent, nothing is known', async () => {
  server.onAsked = refusing(REFUSED.slice(0, 1));
  await chat('ada', OPTIONS);
  for (const [agent, model] of [
    ['ada', 'large'],
    ['bob', 'small'],
  ] as const) {
    const before = server.asked.length;
    await chat(agent, OPTIONS, model);
    assert.equal(server.asked.length, before + 2, `${agent} ${model}`);
  }
});

test('what did not help is not learned, and what helps no more is forgotten', async () => {
  server.onAsked = () => ({ status: 400, message: 'temperature is not supported, nor is anything else' });
  await assert.rejects(chat('ada', OPTIONS));
  server.onAsked = () => ({ text: 'hello' });
  await chat('ada', OPTIONS);
  assert.equal(server.asked.at(-1)?.body.temperature, 0.5);
  server.onAsked = refusing(REFUSED.slice(3, 4));
  await chat('ada', OPTIONS);
  server.onAsked = ({ body }) => ('temperature' in body ? { text: 'hello' } : { status: 400, message: 'say how warm' });
  await assert.rejects(chat('ada', OPTIONS), /say how warm/);
  assert.equal((await chat('ada', OPTIONS)).text, 'hello');
});

test('of vectors, too', async () => {
  server.onAsked = ({ body }) =>
    'encoding_format' in body ? { status: 422, message: 'encoding_format: Extra inputs are not permitted' } : {};
  for (let n = 0; n < 2; n += 1) await provider.embed(settings({}), ['a'], call('ada'));
  assert.equal(server.asked.length, 3);
});
