/** Files that people write, as their programs save them; and each reader of such a file takes them alike. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkLogic } from '../../../orchestrator/src/bundle/code/check-logic.ts';
import { stripTypes } from '../../../orchestrator/src/bundle/code/strip-types.ts';
import { readRequirements } from '../../../orchestrator/src/bundle/dependencies/requirements.ts';
import { readYaml } from '../../../orchestrator/src/bundle/manifest/yaml-file.ts';
import { DEFAULT_GRANT } from '../../../orchestrator/src/domain/grants.ts';
import { readText, withoutLineEnds } from '../../../orchestrator/src/domain/text/read-text.ts';
import { readGrants } from '../../../orchestrator/src/grants/read-grants.ts';

const BOM = '\uFEFF';
const utf16 = (text: string, mark = '\uFEFF') => Buffer.from(mark + text, 'utf16le');
const swapped = (text: string, mark = '\uFEFF') => utf16(text, mark).swap16();

test('text is UTF-8, with or without a byte order mark', () => {
  for (const text of ['', 'a', 'naïve €\n', 'a\r\nb\r\n', '\0', 'ab\0c', '\uFFFD'])
    for (const mark of ['', BOM]) assert.deepEqual(readText(Buffer.from(mark + text)), { text });
});

test('what is none is told with its kind and its line', () => {
  const WRONG: [string, Uint8Array, RegExp, number | null][] = [
    ['UTF-16 of Windows', utf16('name: Echo\n'), /is UTF-16 text.*save it as UTF-8/, null],
    ['UTF-16 without its mark', utf16('name: Echo\n', ''), /is UTF-16/, null],
    ['UTF-16 the other way round', swapped('name: Echo\n'), /is UTF-16/, null],
    ['that without its mark', swapped('name: Echo\n', ''), /is UTF-16/, null],
    ['Latin-1', Buffer.from('a\nb\nnaïve\n', 'latin1'), /not UTF-8, as text in Latin-1/, 3],
    ['Latin-1 in the first line', Buffer.from('naïve', 'latin1'), /not UTF-8/, 1],
    ['a character that is cut off', Buffer.from('a\n€').subarray(0, 4), /not UTF-8/, 2],
    ['half of a pair', Buffer.from([0x61, 0x0a, 0xed, 0xa0, 0x80]), /not UTF-8/, 2],
  ];
  for (const [what, bytes, problem, line] of WRONG) {
    const reading = readText(bytes);
    assert.ok('problem' in reading, what);
    assert.match(reading.problem, problem, what);
    assert.equal(reading.line, line, what);
  }
});

test('ends of lines behind a value are none of it', () => {
  const ENDS: [string, string][] = [
    ['a', 'a'],
    ['a\n', 'a'],
    ['a\r\n', 'a'],
    ['a\n\n', 'a'],
    ['a\r\n\r\n', 'a'],
    ['a\nb\n', 'a\nb'],
    ['\n a \n', '\n a '],
    ['\n\n', ''],
  ];
  for (const [text, value] of ENDS) assert.equal(withoutLineEnds(text), value, JSON.stringify(text));
});

const GRANT = { agent: 'echo', build: DEFAULT_GRANT.build } as const;

type Said = { line: number | null; message: string } | null;
const first = (problems: readonly { line: number | null; message: string }[]): Said => problems[0] ?? null;

/** What each says of a file with these bytes, which is right but for its encoding. */
const READERS: [string, string, (bytes: Buffer) => Said][] = [
  ['manifest.yaml', 'name: Zoé\n', (bytes) => first(readYaml('manifest.yaml', bytes).problems)],
  [
    'grants.yaml',
    '# Zoé\nagents: {}\n',
    (bytes) => {
      const reading = readGrants('grants.yaml', bytes, () => false);
      return 'problems' in reading ? first(reading.problems) : null;
    },
  ],
  ['requirements.txt', '# Zoé\nhttpx==0.28.1\n', (bytes) => first(readRequirements(bytes, GRANT).complaints)],
  ['logic.py', '# Zoé\nclass Agent(BaseAgent): pass\n', (bytes) => first(checkLogic('logic.py', bytes))],
  ['logic.js', '// Zoé\nexport class Agent extends BaseAgent {}\n', (bytes) => first(checkLogic('logic.js', bytes))],
  [
    'other.ts',
    '// Zoé\nexport const a: number = 1;\n',
    (bytes) => {
      const stripped = stripTypes('other.ts', bytes);
      return 'problem' in stripped ? first([stripped.problem]) : null;
    },
  ],
];

describe('a person may save', () => {
  for (const [name, text, problemOf] of READERS) {
    test(`${name} with a byte order mark and CRLF, and is told of other encodings`, () => {
      for (const fine of [text, BOM + text, text.replaceAll('\n', '\r\n'), BOM + text.replaceAll('\n', '\r\n')])
        assert.equal(problemOf(Buffer.from(fine)), null, JSON.stringify(fine));
      assert.match(problemOf(utf16(text))?.message ?? '', /UTF-16/);
      const latin = problemOf(Buffer.from(text, 'latin1'));
      assert.match(latin?.message ?? '', /not UTF-8/);
      assert.equal(latin?.line, 1);
    });
  }

  test('logic.py in the encoding that it names', () => {
    const text = '#!/usr/bin/python\n# -*- coding: latin-1 -*-\nNAME = "Zoé"\nclass Agent(BaseAgent): pass\n';
    assert.deepEqual(checkLogic('logic.py', Buffer.from(text, 'latin1')), []);
  });
});
