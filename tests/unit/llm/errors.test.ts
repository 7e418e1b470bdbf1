/** What is told of a provider's failure holds no key, wherever its text is cut off. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOf } from '../../../orchestrator/src/services/llm/provider/errors.ts';
import { plainError, plainLine } from '../../../orchestrator/src/services/llm/provider/foreign-text.ts';

test('a key at the place where a long text is cut does not show its beginning', () => {
  const apiKey = 'sk-0123456789abcdef';
  const settings = {
    baseUrl: 'http://models/v1',
    reach: 'owner' as const,
    allowedModels: null,
    apiKey,
    model: 'small',
    embeddingModel: null,
    options: {},
    price: null,
  };
  const watch = { isAnswered: false, hasSpoken: false };
  const about = { settings, model: 'small', timeoutMs: 1, signal: new AbortController().signal, ...watch };
  for (let length = 200; length < 620; length += 1) {
    const { error } = failureOf(new Error(`${'x'.repeat(length)}${apiKey}`), about);
    assert.doesNotMatch(error.message, /sk-/, String(length));
  }
});

test('nor does it where line breaks are taken out, or in an error of a body', () => {
  const key = 'sk-0123456789abcdef';
  for (let length = 0; length < 1300; length += 1) {
    const text = `${' '.repeat(length)}${key}`;
    assert.doesNotMatch(plainLine(`x${text}`, key), /sk-/, String(length));
    const long = { error: { message: `${'x'.repeat(length)}${key}` } };
    assert.doesNotMatch(plainError(JSON.stringify(long), key).message, /sk-/, String(length));
  }
});

test('a stranger’s words are one short line, and only where they are the message of an error', () => {
  const said = (body: unknown) => plainError(typeof body === 'string' ? body : JSON.stringify(body), null).message;
  assert.equal(said({ error: { message: 'no such model' } }), 'no such model');
  assert.equal(said({ error: 'no such model' }), 'no such model');
  assert.equal(said({ object: 'error', message: 'no\u001b[31m\r\nsuch\u202e model' }), 'no [31m such model');
  assert.equal(said({ error: { message: 'x'.repeat(5000) } }).length, 301);
  const others = [
    '<html>secret</html>',
    '"secret"',
    '["secret"]',
    '{"title":"secret"}',
    '{"error":{"message":["secret"]}}',
  ];
  for (const other of [...others, '{"error":', '['.repeat(60_000), `{"error":${'{"error":'.repeat(9_000)}`]) {
    assert.equal(said(other), '', other.slice(0, 40));
  }
});
