/** Numbers come as they went, or not at all: the same cases hold the orchestrator and both SDKs (contract/numbers.json). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as sdk from '../../../agent-base-image/typescript/src/json-text.ts';
import { argumentsOf, resultText } from '../../../agent-base-image/typescript/src/narrator/skills.ts';
import { toJson } from '../../../agent-base-image/typescript/src/runtime/plain-json.ts';
import * as core from '../../../orchestrator/src/domain/text/json-text.ts';

interface Case {
  text?: string;
  digits?: number;
  held: boolean;
  exact: boolean;
}

const FILE = new URL('../../../agent-base-image/contract/numbers.json', import.meta.url);
const contract: { largest: number; cases: Case[]; no_json: string[]; in_texts: string[] } = JSON.parse(
  readFileSync(FILE, 'utf8'),
);
const textOf = ({ text, digits = 0 }: Case) => text ?? '9'.repeat(digits);
const numberIn = (text: string) =>
  /[.eE]/.test(text) || Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);

const READERS = {
  'the SDK': { held: sdk.readJson, exact: sdk.readExactJson },
  'the core': { held: core.readHeldJson, exact: core.readExactJson },
};

for (const [name, { held, exact }] of Object.entries(READERS)) {
  describe(name, () => {
    for (const one of contract.cases) {
      const text = textOf(one);
      const whole = `{"a":["9007199254740993",${text}]}`;
      test(`${text.slice(0, 40)}: ${one.held ? 'held' : 'not held'}, ${one.exact ? 'exact' : 'not exact'}`, () => {
        assert.deepEqual(held(whole), one.held ? { a: ['9007199254740993', Number(text)] } : undefined);
        assert.equal(held(`[${text}]`) !== undefined, one.held);
        assert.deepEqual(exact(whole), one.exact ? { a: ['9007199254740993', numberIn(text)] } : undefined);
        const overwritten = `{"a":${text},"a":1}`;
        assert.deepEqual(held(overwritten), one.held ? { a: 1 } : undefined);
        assert.deepEqual(exact(overwritten), one.exact ? { a: 1 } : undefined);
      });
    }
    for (const text of contract.no_json) test(`${text} is no JSON`, () => assert.equal(held(text), undefined));
    for (const text of contract.in_texts) {
      test(`${text} is text`, () => assert.deepEqual(held(text), JSON.parse(text)));
    }
  });
}

describe('what goes out', () => {
  const WRITERS: [string, RegExp, (value: unknown) => string][] = [
    ['an agent', /at n is more than .* send it as text/, (value) => sdk.writeJson(value)],
    ['a context', /at \.n is more than .* give a bigint/, toJson],
  ];
  for (const [name, words, write] of WRITERS) {
    test(`of ${name} is what was meant, or refused in words`, () => {
      for (const value of [2 ** 53, -(2 ** 53), 1144027923840143400, 1e20]) {
        assert.throws(() => write({ n: value }), { name: 'TypeError', message: words });
      }
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        assert.throws(() => write([value]), { name: 'TypeError', message: /is not JSON/ });
      }
      for (const value of [0.1 + 0.2, 1e21, Number.MAX_VALUE, 5e-324, contract.largest]) {
        assert.equal(sdk.readJson(write(value)), value);
      }
    });
  }

  test('a bigint is a number where it is one for everybody', () => {
    assert.equal(sdk.writeJson({ n: 5n }), '{"n":5}');
    assert.throws(() => sdk.writeJson({ n: 2n ** 53n }), {
      message: /^9007199254740992 at n is more.*send it as text/,
    });
  });

  test('a context takes bigints of 64 bits', () => {
    assert.equal(toJson({ n: 2n ** 63n - 1n }), '{"n":9223372036854775807}');
    assert.throws(() => toJson({ n: 2n ** 63n }), { message: /at \.n is more than 64 bits: keep it as text/ });
  });

  test('a database takes bigints of 64 bits, and no number that may be another one by now', () => {
    const exact = (value: unknown) => sdk.writeJson(value, sdk.DEEPEST, 'exact');
    assert.equal(exact([2n ** 63n - 1n, -(2n ** 63n)]), '[9223372036854775807,-9223372036854775808]');
    assert.throws(() => exact([2n ** 63n]), { message: /more than 64 bits/ });
    assert.throws(() => exact([2 ** 53]), { message: /give a bigint/ });
  });

  test('what others count in passes', () => {
    const nearest = (value: unknown) => sdk.writeJson(value, sdk.DEEPEST, 'nearest');
    assert.equal(nearest([2 ** 60, 2n ** 70n]), '[1.152921504606847e+18,1180591620717411303424]');
    assert.throws(() => nearest(Number.NaN), { message: /not JSON/ });
  });

  test('of the core is a double, a bigint or an error, and never null', () => {
    const text = core.writeJson({ a: 1144027923840143400, b: 2n ** 63n - 1n, c: 1e300, d: -0 });
    assert.equal(text, '{"a":1.1440279238401434e+18,"b":9223372036854775807,"c":1e+300,"d":0}');
    assert.deepEqual(core.readExactJson(text), { a: 1144027923840143400, b: 2n ** 63n - 1n, c: 1e300, d: 0 });
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => core.writeJson({ n: value }), { code: 'bad_request', message: /NaN|Infinity/ });
    }
  });
});

test('a refusal names the number, and cuts it', () => {
  assert.throws(() => core.parseHeldJson('{"id":1144027923840143361}'), {
    code: 'bad_request',
    message: '1144027923840143361 is more than a number here can hold exactly (2^53 - 1): send it as text',
  });
  assert.throws(
    () => core.parseHeldJson('9'.repeat(100_000)),
    ({ message }: Error) => message.length < 200,
  );
});

test('what a language model gives loses nothing', () => {
  assert.deepEqual(argumentsOf('{"a": 1144027923840143361, "b": 1e999, "c": 0.5}'), {
    a: '1144027923840143361',
    b: '1e999',
    c: 0.5,
  });
  assert.equal(resultText({ n: 2n ** 53n + 1n }), '{"n":9007199254740993}');
});
