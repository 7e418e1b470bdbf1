/**
 * The Python that the tests use: an environment of its own with pinned packages, made from the package index once for
 * each state of the lists.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CheckResult } from './checks.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const PYTHON_SDK = join(ROOT, 'agent-base-image/python');

const LISTS = ['in_process/requirements.txt', 'tests/requirements.txt'].map((list) => join(PYTHON_SDK, list));
const KEY = LISTS.reduce((hash, list) => hash.update(readFileSync(list)), createHash('sha256')).digest('hex');
const CACHE = join(ROOT, 'node_modules/.cache');
const FOLDER = join(CACHE, `python-${KEY.slice(0, 12)}`);

/** There once `preparePython` has run. */
export const PYTHON = join(FOLDER, 'bin/python');

/** For processes of it: the SDK is found, nothing is written beside the sources. */
export const PYTHON_ENV = {
  PYTHONPATH: PYTHON_SDK,
  PYTHONDONTWRITEBYTECODE: '1',
  MYPY_CACHE_DIR: join(FOLDER, 'mypy'),
  RUFF_CACHE_DIR: join(FOLDER, 'ruff'),
};

/** Ruff's settings are the SDK's, mypy's lie at the root, where editors find them, too. */
const CHECKS: readonly { name: string; args: string[]; cwd?: string }[] = [
  { name: 'ruff', args: ['-m', 'ruff', 'check', '--no-fix', '.', '../../tests', '../../agents'] },
  { name: 'ruff format', args: ['-m', 'ruff', 'format', '--check', '.', '../../tests', '../../agents'] },
  mypy(
    '',
    ['hairem', 'in_process', 'tests'].map((folder) => join(PYTHON_SDK, folder)),
  ),
  mypy(' of tests', [...pythonIn('tests/support/fakes'), ...pythonIn('tests/unit/crew')]),
  // Each by itself, as it runs: they all have a module named logic.
  ...globSync('agents/*/logic.py', { cwd: ROOT })
    .map((file) => dirname(file))
    .map((folder) => mypy(` of ${folder}`, pythonIn(folder))),
];

function mypy(what: string, files: readonly string[]) {
  return { name: `mypy${what}`, args: ['-m', 'mypy', ...files], cwd: ROOT };
}

function pythonIn(folder: string): string[] {
  return globSync(`${folder}/**/*.py`, { cwd: ROOT }).map((file) => join(ROOT, file));
}

interface Ran {
  ok: boolean;
  output: string;
}

/** Everything but the tests; the first of it is the environment itself. */
export async function* checkPython(): AsyncGenerator<CheckResult> {
  yield timed('python', preparePython);
  for (const { name, args, cwd } of CHECKS) yield timed(name, () => run(PYTHON, args, cwd));
}

async function timed(name: string, check: () => Promise<Ran>): Promise<CheckResult> {
  const began = performance.now();
  const ran = await check();
  return { name, ...ran, ms: performance.now() - began };
}

/** Several may make it at once: each in a folder of its own, and the first that is ready is everybody's. */
export async function preparePython(): Promise<Ran> {
  if (existsSync(PYTHON)) return { ok: true, output: '' };
  console.error('making the environment of Python, once: some 30 s');
  await mkdir(CACHE, { recursive: true });
  const making = await mkdtemp(`${FOLDER}-`);
  try {
    const ran = await make(making);
    if (!ran.ok) return ran;
    await linkForEditors();
    await rename(making, FOLDER).catch(() => {}); // another was first
    return { ok: true, output: '' };
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

async function make(folder: string): Promise<Ran> {
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--prefer-binary'];
  const python = join(folder, 'bin/python');
  // One by one: a list with hashes wants hashes of everything that comes with it.
  const steps = [['python3', '-m', 'venv', folder], ...LISTS.map((list) => [python, ...pip, '-r', list])];
  for (const [command = '', ...args] of steps) {
    const ran = await run(command, args);
    if (!ran.ok) return ran;
  }
  return { ok: true, output: '' };
}

/** .vscode/settings.json names a path that stays when the lists change. */
async function linkForEditors(): Promise<void> {
  const link = join(CACHE, 'hairem-python');
  await rm(link, { force: true });
  await symlink(FOLDER, link).catch(() => {}); // another was first
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

function run(command: string, args: readonly string[], cwd = PYTHON_SDK): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...PYTHON_ENV } });
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
