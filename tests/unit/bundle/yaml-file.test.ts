/** YAML under the rules of SECURITY.md, and that hostile text is refused in time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readYaml } from '../../../orchestrator/src/bundle/manifest/yaml-file.ts';
import { costOf } from '../../support/builders/cost.ts';

const read = (text: string) => readYaml('manifest.yaml', Buffer.from(text), new Set(['version']));
const errors = (text: string) =>
  read(text).problems.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`);

test('a number under a key that is kept as written keeps its zeros', () => {
  assert.deepEqual(read('version: 1.10\nother: 1.10\n').value, { version: '1.10', other: 1.1 });
});

test('yes and no are texts: the core schema of YAML 1.2', () => {
  assert.deepEqual(read('a: yes\nb: true\nc: 0o14\nd: 2024-01-01\n').value, {
    a: 'yes',
    b: true,
    c: 12,
    d: '2024-01-01',
  });
});

const REFUSED: [string, string, RegExp][] = [
  ['a key that is there twice', 'a: 1\nb: 2\na: 3\n', /^3:1 a the key "a" is there twice, first on line 1$/],
  ['a merge key', 'base: &b {x: 1}\nc:\n  <<: *b\n', /^3:3 c\.<< merge keys/],
  ['an unknown tag', 'a: !!js/function "x"\n', /^1:4 .* not read here/],
  ['a tag of its own', 'a: !secret x\n', /^1:4 .* not read here/],
  ['__proto__', 'a:\n  __proto__: {x: 1}\n', /^2:3 a\.__proto__ the key "__proto__" is not allowed/],
  ['constructor', 'constructor: 1\n', /is not allowed/],
  ['two documents', 'a: 1\n---\nb: 2\n', /^2:1 /],
  ['a list', '- a\n', /expected a mapping \(key: value\), found a list/],
  ['nothing', '# only a comment\n', /expected a mapping \(key: value\), it is empty/],
  ['infinity', 'a: .inf\n', /not a finite number/],
  ['a mapping as key', '{a: 1}: 2\n', /a key must be a text/],
  ['a bad indent', 'a:\n  b: 1\n c: 2\n', /^3:/],
  ['a tab', 'a:\n\tb: 1\n', /^2:/],
  ['an unknown alias', 'a: *b\n', /alias|anchor/i],
];

for (const [name, text, expected] of REFUSED) {
  test(`refuses ${name}`, () => {
    assert.match(errors(text).join('\n'), expected);
  });
}

test('bytes that are no UTF-8 are refused', () => {
  assert.match(readYaml('m.yaml', Buffer.from([0x61, 0x3a, 0x20, 0xff])).problems[0]?.message ?? '', /UTF-8/);
});

const EXACT = /is more than a number can hold exactly \(2\^53 - 1\): write it in quotes/;
const ZERO = /begins with 0, which a number loses: write it in quotes/;
/** As written, and what it is; or why it is refused. */
const NUMBERS: [string, number | string | RegExp][] = [
  ['42', 42],
  ['-0', 0],
  ['+5', 5],
  ['0', 0],
  ['0.0', 0],
  ['1.0', 1],
  ['1.10', 1.1],
  ['0.1', 0.1],
  ['1e3', 1000],
  ['1e20', 1e20],
  ['.5', 0.5],
  ['0x1F', 31],
  ['0o17', 15],
  ['3.14159265358979323846', Math.PI],
  ['9007199254740991', 9007199254740991],
  ['-9007199254740991', -9007199254740991],
  ['1.7976931348623157e308', Number.MAX_VALUE],
  // Texts in YAML 1.2, and so nothing is lost.
  ['0b101', '0b101'],
  ['1_000', '1_000'],
  ['12:30', '12:30'],
  ['1e', '1e'],
  ['9007199254740992', EXACT],
  ['1144027923840143361', EXACT],
  ['-9007199254740993', EXACT],
  ['+9007199254740993', EXACT],
  ['0x7FFFFFFFFFFFFFFF', EXACT],
  ['0o1777777777777777777777', EXACT],
  ['9'.repeat(400), EXACT],
  ['9'.repeat(60_000), EXACT],
  ['1e999', EXACT],
  ['-1e999', EXACT],
  ['1e-999', EXACT],
  ['0042', ZERO],
  ['-0042', ZERO],
  ['+0042', ZERO],
  ['00', ZERO],
  ['007.5', ZERO],
  ['0612345678', ZERO],
  ['+33612345678', /begins with \+, which a number loses: write it in quotes/],
  ['.inf', /is not a finite number/],
  ['-.Inf', /is not a finite number/],
  ['.nan', /is not a finite number/],
];

for (const [written, expected] of NUMBERS) {
  test(`a number written as ${written.slice(0, 40)}`, () => {
    const text = `a:\n  b: [x, ${written}]\n`;
    if (!(expected instanceof RegExp)) assert.deepEqual(read(text).value, { a: { b: ['x', expected] } });
    else assert.match(errors(text).join('\n'), new RegExp(`^2:10 a\\.b\\[1\\] ${expected.source}`));
  });
}

test('in quotes, and as a key, everything is what is written', () => {
  assert.deepEqual(read('a: "0042"\nb: \'1144027923840143361\'\nc: {0042: x, 9007199254740993: y}\n').value, {
    a: '0042',
    b: '1144027923840143361',
    c: { '0042': 'x', '9007199254740993': 'y' },
  });
});

const SIZE = 64 * 1024 - 10;
const laughs = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`);
const HOSTILE: [string, string][] = [
  ['billion laughs', `l0: &l0 lol\n${laughs.join('\n')}\n`],
  ['aliases in a row', `a: &a 1\nb: [${'*a,'.repeat(SIZE / 3 - 10)}]`],
  ['500 KB of merges', `a: &a {}\n${'b: {<<: *a}\n'.repeat(45_000)}`],
  ['nested flows', '['.repeat(SIZE)],
  ['nested mappings', '{a: '.repeat(SIZE / 4)],
  ['nested lists', '- '.repeat(SIZE / 2)],
  ['nested keys', '? '.repeat(SIZE / 2)],
  ['closing brackets', ']'.repeat(SIZE)],
  ['commas', `[${','.repeat(SIZE - 2)}]`],
  ['the same key', 'a:\n'.repeat(SIZE / 3)],
  ['anchors', '&a '.repeat(SIZE / 3)],
  ['quotes', '- "'.repeat(SIZE / 3)],
  ['documents', '---\n'.repeat(SIZE / 4)],
  ['commas under the token limit', `[${','.repeat(9_000)}]`],
];

/** Just below the limit of tokens. */
const LARGEST = Array.from({ length: 1_100 }, (_, i) => `key${i}: value ${i}`).join('\n');

for (const [name, text] of HOSTILE) {
  test(`hostile text is refused, and costs no more than the largest that is accepted: ${name}`, async () => {
    assert.notDeepEqual(read(text).problems, []);
    const accepted = await costOf(() => assert.deepEqual(read(LARGEST).problems, []));
    const cost = await costOf(() => read(text));
    assert.ok(cost < 3 * accepted, `${cost} ms beside ${accepted} ms`);
  });
}

test('nothing reaches the prototype', () => {
  read('__proto__: {polluted: 1}\n');
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});
