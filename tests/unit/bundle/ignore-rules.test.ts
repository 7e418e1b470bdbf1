/** .hairemignore is .dockerignore: these pairs follow its documentation. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { isIgnored, parseIgnoreRules } from '../../../orchestrator/src/bundle/files/ignore-rules.ts';
import { validateBundle } from '../../../orchestrator/src/bundle/validate-bundle.ts';
import { MANIFEST, temporaryFolder, writeFiles } from './bundle-folder.ts';

const ignored = (text: string, path: string) => isIgnored(parseIgnoreRules(text) ?? [], path, { steps: 0 });

const CASES: [string, string, boolean][] = [
  ['notes.md', 'notes.md', true],
  ['notes.md', 'lib/notes.md', false],
  ['/notes.md', 'notes.md', true],
  ['lib', 'lib/a/b.ts', true],
  ['lib/', 'lib/a.ts', true],
  ['*/temp*', 'lib/temporary.txt', true],
  ['*/temp*', 'temporary.txt', false],
  ['*/*/temp*', 'a/b/temp', true],
  ['temp?', 'tempa', true],
  ['temp?', 'temp', false],
  ['**/*.md', 'a/b/c.md', true],
  ['**/*.md', 'c.md', true],
  ['a/**', 'a/b/c', true],
  ['a/**/z', 'a/z', true],
  ['a/**/z', 'a/b/c/z', true],
  ['*.md\n!README.md', 'README.md', false],
  ['*.md\n!README*.md\nREADME-secret.md', 'README-secret.md', true],
  ['*\n!lib', 'lib/a.ts', false],
  ['*\n!lib', 'other.ts', true],
  ['# notes.md', 'notes.md', false],
  ['[a-c].ts', 'b.ts', true],
  ['[^a-c].ts', 'b.ts', false],
  ['\\*.ts', '*.ts', true],
  ['\\*.ts', 'a.ts', false],
  ['./x/./y', 'x/y', true],
];

for (const [text, path, expected] of CASES) {
  test(`${JSON.stringify(text)} ${expected ? 'leaves out' : 'keeps'} ${path}`, () => {
    assert.equal(ignored(text, path), expected);
  });
}

test('no pattern takes exponential time', () => {
  const steps = (text: string, path: string) => {
    const cost = { steps: 0 };
    isIgnored(parseIgnoreRules(text) ?? [], path, cost);
    return cost.steps;
  };
  assert.ok(steps(`${'**/'.repeat(60)}x`, `${'a/'.repeat(15)}y`) <= 62 * 17);
  assert.ok(steps(`${'*a'.repeat(60)}b`, 'a'.repeat(250)) <= 120 * 250);
});

test('more patterns than the limit are refused', () => {
  assert.equal(parseIgnoreRules('a\n'.repeat(201)), null);
  assert.equal(parseIgnoreRules('a\n'.repeat(200))?.length, 200);
});

test('patterns and names that multiply are given up, and said', async (t) => {
  const dir = await temporaryFolder(t);
  const stars = Array.from({ length: 200 }, () => `${'**/'.repeat(15)}${'*a'.repeat(100)}b`).join('\n');
  const names = Array.from({ length: 300 }, (_, i) => `lib/${'a'.repeat(120)}/${'a'.repeat(120)}/${i}.txt`);
  await writeFiles(dir, {
    'echo/manifest.yaml': MANIFEST,
    'echo/.hairemignore': stars,
    ...Object.fromEntries(names.map((name) => [`echo/${name}`, 'x'])),
  });
  const { valid, problems } = await validateBundle(join(dir, 'echo'));
  assert.equal(valid, false);
  assert.match(problems.map(({ message }) => message).join(), /\.hairemignore takes too long to match/);
});

test('a pattern longer than any path is refused', () => {
  assert.equal(parseIgnoreRules('a'.repeat(1025)), null);
  assert.equal(parseIgnoreRules('a'.repeat(1024))?.length, 1);
});
