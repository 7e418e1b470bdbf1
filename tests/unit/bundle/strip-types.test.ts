/** Types are taken out when a bundle is accepted: positions stay, and what cannot be stripped is named with its line. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTypeScript, STRIPPED, stripTypes } from '../../../orchestrator/src/bundle/code/strip-types.ts';

const strip = (source: string) => stripTypes('lib/x.ts', Buffer.from(source));

test('types go, positions stay', () => {
  const stripped = strip('const a: number = 1;\nexport { a };\n');
  assert.ok('code' in stripped);
  assert.equal(stripped.code.toString(), `const a         = 1;\nexport { a };\n${STRIPPED}`);
});

test('what needs a compiler is an error with its line', () => {
  const stripped = strip('const a = 1;\n\nenum X { A }\n');
  assert.ok('problem' in stripped);
  const { file, line, column, message } = stripped.problem;
  assert.deepEqual({ file, line, column }, { file: 'lib/x.ts', line: 3, column: 1 });
  assert.match(message, /enum.*\(types are stripped, not compiled\)/);
});

test('the column is that of the mark, or where the line of something longer begins', () => {
  for (const [source, column] of [
    ['let a = 1; enum X { A }', 12],
    ['  enum X {\n  A\n}', 3],
    ['let x: = 3;', 8],
  ] as const) {
    const stripped = strip(source);
    assert.equal('problem' in stripped && stripped.problem.column, column, source);
  }
});

test('what is no TypeScript at all is an error with its line', () => {
  const stripped = strip('let x: = 3;');
  assert.ok('problem' in stripped);
  assert.equal(stripped.problem.line, 1);
});

test('declarations and JavaScript are copied as they are', () => {
  assert.deepEqual(['a.ts', 'a.mts', 'a.d.ts', 'a.js', 'ts'].map(isTypeScript), [true, true, false, false, false]);
});
