/**
 * The Python that the tests use: an environment of its own with pinned packages, made from the package index once for
 * each state of the lists.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CheckResult } from './checks.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const PYTHON_SDK = join(ROOT, 'agent-base-image/python');

const LISTS = ['in_process/requirements.txt', 'tests/requirements.txt'].map((list) => join(PYTHON_SDK, list));
const KEY = LISTS.reduce((hash, list) => hash.update(readFileSync(list)), createHash('sha256')).digest('hex');
const FOLDER = join(ROOT, 'node_modules/.cache', `hairem-python-${KEY.slice(0, 12)}`);
const READY = join(FOLDER, 'ready');

/** There once `preparePython` has run. */
export const PYTHON = join(FOLDER, 'bin/python');

/** For processes of it: the SDK is found, nothing is written beside the sources. */
export const PYTHON_ENV = {
  PYTHONPATH: PYTHON_SDK,
  MYPYPATH: PYTHON_SDK,
  PYTHONDONTWRITEBYTECODE: '1',
  MYPY_CACHE_DIR: join(FOLDER, 'mypy'),
  RUFF_CACHE_DIR: join(FOLDER, 'ruff'),
};

const CHECKS: readonly { name: string; args: string[] }[] = [
  { name: 'ruff', args: ['-m', 'ruff', 'check', '--no-fix', '.', '../../tests', '../../agents'] },
  { name: 'ruff format', args: ['-m', 'ruff', 'format', '--check', '.', '../../tests', '../../agents'] },
  { name: 'mypy', args: ['-m', 'mypy', 'hairem', 'in_process', 'tests'] },
  { name: 'mypy of tests', args: ['-m', 'mypy', ...pythonIn('tests/fakes'), ...pythonIn('tests/unit/crew')] },
  // Each by itself, as it runs: they all have a module named logic.
  ...globSync('agents/*/logic.py', { cwd: ROOT }).map((file) => {
    const folder = dirname(file);
    return { name: `mypy of ${folder}`, args: ['-m', 'mypy', ...pythonIn(folder)] };
  }),
];

function pythonIn(folder: string): string[] {
  return globSync(`${folder}/**/*.py`, { cwd: ROOT }).map((file) => join(ROOT, file));
}

interface Ran {
  ok: boolean;
  output: string;
}

export const hasPython = () => existsSync(READY);

/** Everything but the tests; the first of it is the environment itself. */
export async function* checkPython(): AsyncGenerator<CheckResult> {
  yield timed('python', preparePython);
  for (const { name, args } of CHECKS) yield timed(name, () => run(PYTHON, args));
}

async function timed(name: string, check: () => Promise<Ran>): Promise<CheckResult> {
  const began = performance.now();
  const ran = await check();
  return { name, ...ran, ms: performance.now() - began };
}

export async function preparePython(): Promise<Ran> {
  if (hasPython()) return { ok: true, output: '' };
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--prefer-binary'];
  // One by one: a list with hashes wants hashes of everything that comes with it.
  const steps = [['python3', '-m', 'venv', '--clear', FOLDER], ...LISTS.map((list) => [PYTHON, ...pip, '-r', list])];
  for (const [command = '', ...args] of steps) {
    const ran = await run(command, args);
    if (!ran.ok) return ran;
  }
  await writeFile(READY, '');
  return { ok: true, output: '' };
}

interface PytestResult {
  passed: number;
  failed: number;
  skipped: number;
  output: string;
}

/** The Python SDK's own tests. Where it cannot run that is one failure. */
export async function runPytest(): Promise<PytestResult> {
  const report = join(FOLDER, `report-${process.pid}.xml`);
  const { output } = await run(PYTHON, ['-m', 'pytest', `--junitxml=${report}`]);
  const xml = existsSync(report) ? readFileSync(report, 'utf8') : '';
  const count = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(xml)?.[1] ?? 0);
  const [failed, skipped] = [count('failures') + count('errors'), count('skipped')];
  const passed = count('tests') - failed - skipped;
  return passed > 0 ? { passed, failed, skipped, output } : { passed: 0, failed: Math.max(1, failed), skipped, output };
}

function run(command: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: PYTHON_SDK, env: { ...process.env, ...PYTHON_ENV } });
    let output = '';
    const keep = (text: Buffer) => {
      output += text.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ ok: false, output: error.message }));
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });
}
