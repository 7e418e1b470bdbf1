/** Words in which providers refuse a field, and what is asked then. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusedIn, withoutFields } from '../../../orchestrator/src/services/llm/provider/refused-fields.ts';

const call = {
  id: 'p',
  type: 'function',
  extra_content: { a: 1 },
  function: { name: 'f', arguments: '{}', thought: 's' },
};
const assistant = { role: 'assistant', content: null, tool_calls: [call], reasoning_content: 'hmm', annotations: [] };
const user = { role: 'user', content: 'hi', reasoning_content: 'mine' };
const body = {
  model: 'm',
  messages: [user, assistant],
  stream: true,
  stream_options: {},
  temperature: 0.6,
  max_tokens: 7,
  seed: 1,
};

/** What is asked then. */
const without = (words: string) => withoutFields(body, refusedIn(body, words));

const rows: [words: string, names: string[]][] = [
  ["'messages.1' : for 'role:assistant' property 'reasoning_content' is unsupported", ['reasoning_content']], // Groq
  ['body messages 1 assistant reasoning_content Extra inputs are not permitted', ['reasoning_content']], // Mistral
  ['messages.1.annotations: Extra inputs are not permitted', ['annotations']], // Anthropic
  ['Unknown name "extra_content" at tool_calls[0]: Cannot find field', ['extra_content']], // Gemini
  ["unexpected field 'thought' in function", ['thought']],
  ['body stream_options Extra inputs are not permitted', ['stream_options']],
  [
    "Unsupported value: 'temperature' does not support 0.6 with this model. Only the default (1) value is supported.",
    ['temperature'],
  ],
  [
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    ['max_tokens'],
  ],
  ['temperature and stream_options are not supported', ['stream_options', 'temperature']],
  ['temperature too high', []],
  ['seed is not supported', []],
  ['the model is not supported', []],
  ['messages are not supported', []],
  ['content is not allowed', []],
  ['', []],
];
for (const [words, names] of rows) {
  test(words || 'nothing', () => assert.deepEqual(refusedIn(body, words), names));
}

test('what is left out is left out everywhere it was the model’s, and nothing else is', () => {
  const { reasoning_content: _, ...message } = assistant;
  const found = without('reasoning_content is not supported');
  assert.deepEqual(found, { ...body, messages: [user, message] });
  const { extra_content: __, ...plain } = call;
  const other = without('unknown field extra_content');
  assert.deepEqual(other, { ...body, messages: [user, { ...assistant, tool_calls: [plain] }] });
});

test('the limit of an answer goes out by its other name', () => {
  const { max_tokens, ...rest } = body;
  const found = without('max_tokens is not supported, use max_completion_tokens');
  assert.deepEqual(found, { ...rest, max_completion_tokens: max_tokens });
});

test('a question of vectors has no messages, and gets none', () =>
  assert.deepEqual(withoutFields({ model: 'm', input: ['a'], encoding_format: 'float' }, ['encoding_format', 'x']), {
    model: 'm',
    input: ['a'],
  }));
