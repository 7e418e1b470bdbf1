/** Code of bundles is checked in a thread of its own: what breaks or holds it up is one file's problem, and nobody else's. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type CodeCheckerOptions, createCodeChecker } from '../../../orchestrator/src/bundle/code/code-checker.ts';
import { LIMITS } from '../../../orchestrator/src/bundle/limits.ts';

function checkerFor(t: TestContext, options: CodeCheckerOptions = {}) {
  const checker = createCodeChecker(options);
  t.after(() => checker.close());
  const strip = (source: string) => checker.stripTypes('lib/x.ts', Buffer.from(source));
  return { checker, strip };
}

/** Each breaks the stripper, or would: Node 24 answers some with a trap that leaves it broken. */
const TRAPS: Readonly<Record<string, string>> = {
  'nested lists': `let a = ${'['.repeat(2000)}`,
  'nested parentheses': '('.repeat(4000),
  'nested types': `let x: ${'A<'.repeat(2000)}`,
  'nested conditional types': `type T = ${'A extends B ? '.repeat(3000)}`,
  'nested functions': `const f = ${'() => '.repeat(20_000)}1;`,
  'nested blocks': '{'.repeat(100_000),
  'nested templates': '`${'.repeat(5000),
  'a chain of operators': `const n = ${'-'.repeat(100_000)}1;`,
  'an endless sum': `const n = ${'1+'.repeat(100_000)}1;`,
  'zero bytes': '\0'.repeat(10_000),
  'a lone surrogate': '\ud800',
};

for (const [name, source] of Object.entries(TRAPS)) {
  test(`${name} cost one file its check, and the next file nothing`, async (t) => {
    const { strip } = checkerFor(t);
    const { problems, code } = await strip(source);
    assert.ok(code !== null || problems.length === 1, 'stripped, or one problem');
    for (const { severity, file, message } of problems) {
      assert.deepEqual({ severity, file }, { severity: 'error', file: 'lib/x.ts' });
      assert.ok(message.length < 400 && !message.includes('\n'), message);
    }
    assert.deepEqual((await strip('const a: number = 1;')).problems, []);
  });
}

/** At the size up to which imports are looked at. */
const OUTLINED: Readonly<Record<string, string>> = {
  'imports of nothing': "import 'a';",
  'exports of one letter': 'export const aNAME=1;',
  'nested parentheses': '(',
  'nested templates': '`${',
  'uses of require': 'require(x);',
  'words before types': 'type ',
  'blank lines behind a type': 'interface\n',
};

for (const [name, unit] of Object.entries(OUTLINED)) {
  test(`the imports of a file of ${name} are looked at, or not, and the next file's are`, async (t) => {
    const { checker } = checkerFor(t);
    const count = Math.floor(LIMITS.outlineBytes / (unit.length + 4));
    const code = Array.from({ length: count }, (_, index) => unit.replace('NAME', String(index))).join('');
    await checker.outline({ path: 'x.js', code, source: code });
    const next = "import { a } from './a.js';";
    assert.equal((await checker.outline({ path: 'y.js', code: next, source: next }))?.imports.length, 1);
  });
}

test('a file whose check does not end is given up, and the next has a new thread', async (t) => {
  const { strip } = checkerFor(t, { taskMs: 1 });
  const source = 'const a: number = 1;\n'.repeat(50_000);
  const { problems } = await strip(source);
  assert.match(problems[0]?.message ?? '', /lib\/x\.ts cannot be checked: it took longer than 0\.001 s/);
  const patient = checkerFor(t);
  assert.deepEqual((await patient.strip(source)).problems, []);
});

test('a thread that does not start is no fault of the file', async (t) => {
  const { strip } = checkerFor(t, { startMs: 0 });
  await assert.rejects(strip('const a = 1;'), { code: 'internal', message: /does not start/ });
});

test('a thread that was ended for want of work is started again', async (t) => {
  const { strip } = checkerFor(t, { idleMs: 0 });
  for (let i = 0; i < 3; i += 1) {
    assert.deepEqual((await strip('const a: number = 1;')).problems, []);
    await new Promise((resolve) => setImmediate(resolve));
  }
});

test('many at once are answered each with its own', async (t) => {
  const { strip } = checkerFor(t);
  const sources = ['const a: number = 1;', 'enum X { A }', TRAPS['nested lists'] ?? '', 'const b: string = "b";'];
  const checked = await Promise.all(sources.map(strip));
  assert.deepEqual(
    checked.map(({ problems }) => problems.length),
    [0, 1, 1, 0],
  );
  assert.match(Buffer.from(checked[3]?.code ?? []).toString(), /const b +=/);
});

test('the event loop goes on while two megabytes are stripped: the work is that of another thread', async (t) => {
  const { strip } = checkerFor(t);
  await strip('const a: number = 1;');
  const source = 'const a: number = 1;\n'.repeat(95_000);
  const [all, own] = [process.cpuUsage(), process.threadCpuUsage()];
  await strip(source);
  const [allUsed, ownUsed] = [process.cpuUsage(all).user, process.threadCpuUsage(own).user];
  assert.ok(ownUsed < allUsed / 2, `${ownUsed} of ${allUsed} microseconds`);
});
