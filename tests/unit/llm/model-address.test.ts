/** Which addresses a grant covers, and what is no base URL: spellings that look alike and lead elsewhere. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { addressOf, isWithin, namedAddress } from '../../../orchestrator/src/domain/llm/model-address.ts';

const named = (baseUrl: string) => addressOf({ provider: null, baseUrl });

describe('a grant', () => {
  const covered: [string, string][] = [
    ['http://nas:11434/v1', 'http://nas:11434/v1'],
    ['http://nas:11434/v1/', 'http://nas:11434/v1'],
    ['http://nas:11434', 'http://nas:11434/v1'],
    ['http://NAS:11434/', 'http://nas:11434/any/path'],
    ['https://x.example:443/v1', 'https://x.example/v1/more'],
    ['http://0x7f.1/', 'http://127.0.0.1/v1'],
  ];
  for (const [granted, address] of covered) {
    test(`${granted} covers ${address}`, () => assert.ok(isWithin(granted, address)));
  }
  const not: [string, string][] = [
    ['http://nas:11434/v1', 'http://nas:11434/v10'],
    ['http://nas:11434/v1', 'http://nas:11434/'],
    ['http://nas:11434/v1', 'http://nas:11434//v1'],
    ['http://nas:11434/v1', 'http://nas:11434/v1/../admin'],
    ['http://nas:11434/v1', 'http://nas:11434/v1/%2e%2e/admin'],
    ['http://nas:11434/v1', 'http://nas:114341/v1'],
    ['http://nas:11434/v1', 'http://nas/v1'],
    ['http://nas:11434/v1', 'https://nas:11434/v1'],
    ['http://nas', 'http://nas.evil.example/v1'],
    ['http://nas', 'http://nas@evil.example/v1'],
    ['http://nas', 'http://evil.example/http://nas'],
    ['http://nas/V1', 'http://nas/v1'],
    ['', 'http://nas/v1'],
    ['nas', 'http://nas/v1'],
    ['http://', 'http://nas/v1'],
  ];
  for (const [granted, address] of not) {
    test(`${granted} does not cover ${address}`, () => assert.ok(!isWithin(granted, address)));
  }
});

describe('a base URL', () => {
  for (const [written, address] of [
    ['http://NAS:80/v1/', 'http://nas/v1'],
    ['https://x.example', 'https://x.example'],
    ['http://2130706433:11434/v1', 'http://127.0.0.1:11434/v1'],
    ['http://nas/v1/../v2', 'http://nas/v2'],
    ['http://n\nas/v1\r\n', 'http://nas/v1'],
    [' http://nas/v1 ', 'http://nas/v1'],
    ['http://nas/v1/chat/completions', 'http://nas/v1'],
    ['http://nas/v1/chat/completions/', 'http://nas/v1'],
    ['http://nas/v1/completions', 'http://nas/v1'],
    ['http://nas/v1/embeddings', 'http://nas/v1'],
    ['http://nas/v1//', 'http://nas/v1'],
  ] as const) {
    test(`${JSON.stringify(written)} is ${address}`, () => assert.equal(named(written), address));
  }
  for (const written of [
    'http://nas/v1?to=',
    'http://nas/v1#',
    'http://nas/v1#x',
    'http://nas/v1/%2e%2e%2fadmin',
    'http://nas/v1%2F..%2Fadmin',
    'http://nas/v1%5c..',
    'http://nas/%00',
    'http://ada:pw@nas/v1',
    'http://ada@nas/v1',
    'file:///etc/passwd',
    'unix:/run/x.sock',
    'nas:11434',
    'http://',
    `http://nas/${'x'.repeat(3000)}`,
  ]) {
    test(`${written.slice(0, 60)} is none`, () => {
      const isRefused = (error: unknown) => error instanceof HairemError && error.code === 'bad_request';
      if (written.endsWith('#')) assert.equal(named(written), 'http://nas/v1');
      else assert.throws(() => named(written), isRefused);
    });
  }

  for (const [written, meant] of [
    ['nas:11434', 'http://nas:11434/v1'],
    ['192.168.1.5:11434/v1', 'http://192.168.1.5:11434/v1'],
    ['localhost:11434/v1', 'http://localhost:11434/v1'],
    ['models.example', 'http://models.example/v1'],
    ['https:/models.example/v1', null],
    ['http://nas :11434/v1', 'http://nas:11434/v1'],
    ['htp://nas/v1', 'http://192.168.1.5:11434/v1'],
    ['file:///etc/passwd', 'http://192.168.1.5:11434/v1'],
  ] as const) {
    test(`${written} is answered with what would do`, () => {
      if (meant === null) assert.equal(named(written), 'https://models.example/v1');
      else assert.throws(() => named(written), new RegExp(`expected a URL like ${meant.replaceAll('.', '\\.')}$`));
    });
  }

  test('that makes no sense is repeated as one short line', () => {
    const isShort = (error: unknown) =>
      error instanceof HairemError && !/\p{Cc}/u.test(error.message) && error.message.length < 300;
    assert.throws(() => named(`x\u001b[31m\n${'y'.repeat(5000)}`), isShort);
    assert.throws(
      () => addressOf({ provider: `p\n${'y'.repeat(5000)}`, baseUrl: null }),
      (error: unknown) => error instanceof HairemError && !/\n/.test(error.message),
    );
  });
});

test('a provider is an address as well, and no property of an object is a provider', () => {
  assert.equal(namedAddress({ provider: 'Ollama' }), 'http://host.docker.internal:11434/v1');
  assert.equal(namedAddress({ base_url: 'http://nas/v1', provider: 'ollama' }), 'http://nas/v1');
  assert.equal(namedAddress({ temperature: 1 }), null);
  for (const provider of ['constructor', '__proto__', 'toString']) {
    assert.equal(namedAddress({ provider }), null);
    assert.throws(() => addressOf({ provider, baseUrl: null }), HairemError);
  }
});
