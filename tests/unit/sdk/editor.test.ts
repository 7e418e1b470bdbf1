/** What an editor needs to know in a bundle's folder: the same programs that editors run, on the manuals' examples. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { withoutPython } from '../../run/needs.ts';
import { PYTHON, PYTHON_ENV } from '../../run/python.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MANUALS = ['agent-base-image/README.md', 'agents/README.md'];

/** A folder of bundles that is not in this repository. */
let elsewhere: string;
before(() => {
  elsewhere = mkdtempSync(join(tmpdir(), 'hairem-editor-'));
  write(
    'tsconfig.json',
    JSON.stringify({ extends: `${ROOT}agents/tsconfig.json`, include: ['*/**/*.ts', '*/**/*.js'] }),
  );
});
after(() => rmSync(elsewhere, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(elsewhere, path)), { recursive: true });
  writeFileSync(join(elsewhere, path), text);
}

/** Those of the manuals that are whole files. */
function examples(language: 'ts' | 'python'): string[] {
  return MANUALS.flatMap((file) => {
    const blocks = readFileSync(ROOT + file, 'utf8').matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'));
    return [...blocks].map(([, text = '']) => text).filter((text) => text.includes('import'));
  });
}

function tsc(project: string): { ok: boolean; output: string } {
  const { status, stdout } = spawnSync(process.execPath, [
    `${ROOT}node_modules/typescript/bin/tsc`,
    '--noEmit',
    '-p',
    project,
  ]);
  return { ok: status === 0, output: String(stdout) };
}

test('the bundles that ship are typed', () => {
  assert.deepEqual(tsc(`${ROOT}agents`), { ok: true, output: '' });
});

test('a folder elsewhere is typed by one line, and the examples of the manuals are right', () => {
  const found = examples('ts');
  assert.ok(found.length >= 3);
  for (const [index, text] of found.entries()) write(`example-${index}/logic.ts`, text);
  write('plain/logic.js', "import { BaseAgent } from '@hairem/agent';\n\nexport class Agent extends BaseAgent {}\n");
  assert.deepEqual(tsc(elsewhere), { ok: true, output: '' });
});

test('a mistake is shown where it is, in TypeScript and in JavaScript', () => {
  const text =
    "import { BaseAgent } from '@hairem/agent';\n\nexport class Agent extends BaseAgent {\n  setup() {\n    this.say(7);\n  }\n}\n";
  write('wrong/logic.ts', text.replace('setup', 'override setup'));
  write('wrong-too/logic.js', text);
  const { output } = tsc(elsewhere);
  assert.match(output, /wrong\/logic\.ts.5,14.*number.*string/);
  assert.match(output, /wrong-too\/logic\.js.5,14.*number.*string/);
});

const skip = await withoutPython();

test('the same for Python: its types are found, the examples are right, a mistake is shown', { skip }, () => {
  const found = examples('python');
  assert.ok(found.length >= 2);
  const [, path = ''] = /`mypy_path = (.*?)`/.exec(readFileSync(`${ROOT}agents/README.md`, 'utf8')) ?? [];
  write('mypy.ini', `[mypy]\nmypy_path = ${path.replace('/opt/hairem/', ROOT)}\n`);
  const mypy = (path: string) => {
    const options = {
      cwd: elsewhere,
      env: { ...process.env, ...PYTHON_ENV, MYPY_CACHE_DIR: join(elsewhere, 'cache') },
    };
    const { stdout } = spawnSync(PYTHON, ['-m', 'mypy', '--strict', path], options);
    return String(stdout);
  };
  for (const [index, text] of found.entries()) {
    write(`python-${index}/logic.py`, text);
    assert.match(mypy(`python-${index}/logic.py`), /^Success/, text);
  }
  write(
    'python-wrong/logic.py',
    'from hairem import BaseAgent\n\n\nclass Agent(BaseAgent):\n    def setup(self) -> None:\n        self.say(7)\n',
  );
  assert.match(mypy('python-wrong/logic.py'), /logic\.py:6: error: .*"int"; expected "str"/);
});

test('mypy is the one checker of Python, in editors and in the gate, and both read its settings at the root', {
  skip,
}, () => {
  const settings = JSON.parse(readFileSync(`${ROOT}.vscode/settings.json`, 'utf8')) as Record<string, unknown>;
  assert.equal(settings['python.analysis.typeCheckingMode'], 'off');
  assert.ok(!existsSync(`${ROOT}pyrightconfig.json`));
  const interpreter = String(settings['python.defaultInterpreterPath']).replace(/^\$\{workspaceFolder\}\//, ROOT);
  assert.equal(realpathSync(dirname(dirname(interpreter))), realpathSync(dirname(dirname(PYTHON))));
  // As the extension does: in the folder of the repository, without further words.
  const env = { ...process.env, MYPY_CACHE_DIR: join(elsewhere, 'cache') };
  const { stdout } = spawnSync(interpreter, ['-m', 'mypy', 'agents/panier/logic.py'], { cwd: ROOT, env });
  assert.match(String(stdout), /^Success/);
  const wrong = join(elsewhere, 'python-wrong/logic.py');
  assert.match(String(spawnSync(interpreter, ['-m', 'mypy', wrong], { cwd: ROOT, env }).stdout), /logic\.py:6: error/);
});
