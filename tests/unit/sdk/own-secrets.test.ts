/** Secrets inside the process: their names, config that refers to them, and the log that shows none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../agent-base-image/typescript/src/runtime/log.ts';
import {
  environmentOf,
  filledIn,
  isSensitiveKey,
  withErrorsHidden,
} from '../../../agent-base-image/typescript/src/runtime/own-secrets.ts';
import { isSensitiveKey as inOrchestrator } from '../../../orchestrator/src/secrets/in-config.ts';
import { aSoftPart } from '../../support/builders/a-version.ts';

const refer = (name: string) => ['$', '{', name, '}'].join('');

test("each has both names, and the runtime's own stay", () => {
  const names = environmentOf('electra-two', { HA_TOKEN: 'a', HAIREM_AGENT: 'b' });
  assert.deepEqual(Object.fromEntries(names), { HA_TOKEN: 'a', ELECTRA_TWO_HA_TOKEN: 'a' });
});

test('config refers to its own secrets and keeps the rest', () => {
  const names = environmentOf('electra', { HA_TOKEN: 'a$1' });
  const config = {
    url: `http://x/?t=${refer('ELECTRA_HA_TOKEN')}`,
    list: [refer('HA_TOKEN'), 1],
    other: `${refer('OTHER')} \${`,
  };
  const profile = filledIn({ ...aSoftPart({ config, persona: { p: refer('HA_TOKEN') } }) }, names);
  assert.deepEqual(profile.config, { url: 'http://x/?t=a$1', list: ['a$1', 1], other: config.other });
  assert.deepEqual(profile.persona, { p: refer('HA_TOKEN') });
});

test('a key tells by its last word, here as in the orchestrator', () => {
  const telling = ['token', 'HA_TOKEN', 'accessToken', 'client-secret', 'password', 'api_key', 'apiKey'];
  const others = ['tokens', 'max_tokens', 'token_count', 'monkey', 'secretary', 'compass'];
  for (const is of [isSensitiveKey, inOrchestrator]) {
    assert.deepEqual([...telling, ...others].filter(is), telling);
  }
});

test('the log hides telling fields and what would be cut in two', () => {
  const lines: string[] = [];
  const log = createLog({ about: {}, timestamp: () => 'now', write: (line) => lines.push(line) });
  log.redact(['sesame-open']);
  const config = { api_key: 'abc', max_tokens: 5, password: 1234 };
  log.info('x', { config, text: `${'x'.repeat(8190)}sesame-open` });
  log.info('c2VzYW1lLW9wZW4=', { 'sesame-open': 1 });
  const [first, second] = lines.map((line) => JSON.parse(line));
  assert.deepEqual(first.config, { api_key: '***', max_tokens: 5, password: '***' });
  assert.doesNotMatch(lines[0] ?? '', /ses/);
  assert.match(second.message, /^\*\*\*/);
  assert.equal(second['***'], 1);
});

test('what is said of itself hides errors, and no states', () => {
  const hide = (text: string) => text.replaceAll('active', '***');
  const task = { name: 'active', state: 'crashed', error: 'no active' };
  const message = { state: 'active', tasks: [task], error: { message: 'active', stack: 'at active' } };
  assert.deepEqual(withErrorsHidden(message, hide), {
    state: 'active',
    tasks: [{ ...task, error: 'no ***' }],
    error: { message: '***', stack: 'at ***' },
  });
  assert.deepEqual(withErrorsHidden({ error: null }, hide), { error: null });
});
