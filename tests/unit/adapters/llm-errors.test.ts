/** What is told of a provider's failure holds no key, wherever its text is cut off. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOf } from '../../../orchestrator/src/adapters/llm-errors.ts';

test('a key at the place where a long text is cut does not show its beginning', () => {
  const apiKey = 'sk-0123456789abcdef';
  const settings = {
    baseUrl: 'http://models/v1',
    apiKey,
    model: 'small',
    embeddingModel: null,
    options: {},
    price: null,
  };
  const about = { settings, model: 'small', timeoutMs: 1, signal: new AbortController().signal };
  for (let length = 500; length < 620; length += 1) {
    const { error } = failureOf(new Error(`${'x'.repeat(length)}${apiKey}`), about);
    assert.doesNotMatch(error.message, /sk-/, String(length));
  }
});
