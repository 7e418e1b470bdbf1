/** JSON is measured before it is read: the same cases hold the orchestrator and both SDKs (contract/depth.json). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as sdk from '../../../agent-base-image/typescript/src/json-text.ts';
import * as core from '../../../orchestrator/src/domain/text/json-text.ts';

interface Case {
  name: string;
  before?: string;
  open?: string;
  times?: number;
  middle?: string;
  close?: string;
  after?: string;
  readable: boolean;
}

const FILE = new URL('../../../agent-base-image/contract/depth.json', import.meta.url);
const contract: { deepest: number; deepest_carried: number; cases: Case[] } = JSON.parse(readFileSync(FILE, 'utf8'));

const textOf = ({ before = '', open = '', times = 0, middle = '', close = '', after = '' }: Case) =>
  before + open.repeat(times) + middle + close.repeat(times) + after;

for (const [name, { readJson, DEEPEST, DEEPEST_CARRIED }] of Object.entries({ core, sdk })) {
  describe(`the ${name}`, () => {
    test('has the numbers of the contract', () => {
      assert.deepEqual([DEEPEST, DEEPEST_CARRIED], [contract.deepest, contract.deepest_carried]);
    });
    for (const one of contract.cases) {
      test(one.name, () => {
        assert.equal(readJson(textOf(one)) !== undefined, one.readable);
      });
    }
    test('lists and objects count together, and only those that stand in each other', () => {
      const both = (times: number) => `${'[{"a":'.repeat(times)}1${'}]'.repeat(times)}`;
      assert.notEqual(readJson(both(32)), undefined);
      assert.equal(readJson(both(33)), undefined);
      assert.notEqual(readJson(`[${Array(500).fill('[{}]').join(',')}]`), undefined);
    });
    test('a longer measure takes more levels', () => {
      const text = `${'['.repeat(80)}${']'.repeat(80)}`;
      assert.equal(readJson(text), undefined);
      assert.notEqual(readJson(text, DEEPEST_CARRIED), undefined);
      assert.equal(readJson(`[${text}]`, DEEPEST_CARRIED), undefined);
    });
  });
}

for (const [name, { readJson, isDeeper }] of Object.entries({ core, sdk })) {
  test(`the ${name} counts levels, not brackets`, () => {
    const texts = [
      `[${'[],'.repeat(100)}{}]`,
      JSON.stringify(['[{'.repeat(100)]),
      JSON.stringify(['\\"[{'.repeat(100)]),
    ];
    for (const text of texts) {
      assert.equal(isDeeper(text, 64), false);
      assert.deepEqual(readJson(text), JSON.parse(text));
    }
    assert.equal(isDeeper(`[${'[],'.repeat(100)}${'['.repeat(64)}`, 64), true);
  });
}

test('what is written by the engine alone is what the longer way writes', () => {
  const value = { a: [1, -0, 0.5, 'x', null, true, undefined], b: undefined, c: { ['__proto__']: 1, d: [] } };
  for (const made of [value, { ...value, when: new Date(0) }, Object.assign(Object.create(null), value)]) {
    assert.equal(sdk.writeJson(made), JSON.stringify(made));
    assert.equal(core.writeJson(made), JSON.stringify(made));
  }
  assert.throws(() => sdk.writeJson(Object.assign([1], { toJSON: () => Number.NaN })), {
    name: 'TypeError',
    message: /not JSON/,
  });
  assert.equal(sdk.writeJson(nested(64)), JSON.stringify(nested(64)));
  assert.throws(() => sdk.writeJson(nested(65)), {
    name: 'TypeError',
    message: /too deep: it has more than 64 levels/,
  });
});

const nested = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
};

test('the core refuses in words', () => {
  assert.throws(() => core.parseJson('['.repeat(100)), { code: 'bad_request', message: /too deep.*64 levels/ });
  assert.throws(() => core.parseJson('{'), { code: 'bad_request', message: /JSON/ });
});

test('what goes out is measured, too', () => {
  assert.equal(core.writeJson({ a: [1] }), '{"a":[1]}');
  for (const levels of [81, 3_000, 100_000]) {
    assert.throws(() => core.writeJson(nested(levels)), { code: 'bad_request', message: /too deep/ });
  }
  const itself: unknown[] = [];
  itself.push(itself);
  assert.throws(() => core.writeJson(itself), { code: 'bad_request', message: /no JSON/ });
});
