/**
 * Every Python file of a bundle: those that logic.py loads when it starts, from file to file, with what would end it there;
 * the others, which may be loaded later or never, with what would keep them from being loaded. Between two of them others
 * have the event loop.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Problem } from '../../domain/desired.ts';
import { checkPython, checkUnloaded, type PythonFile, readable } from './check-python.ts';
import type { PythonLine } from './python-lines.ts';
import { PYTHON_MODULES } from './python-modules.ts';

const LOGIC = 'logic.py';

interface PythonBundle extends Omit<PythonFile, 'path' | 'text'> {
  /** By path, as far as they are small enough to be looked at; logic.py among them. */
  texts: ReadonlyMap<string, string>;
}

export async function checkPythonFiles({ texts, ...about }: PythonBundle): Promise<Problem[]> {
  const problems: Problem[] = [];
  // Who writes other folders into it knows better where modules are.
  const bringsModules = about.bringsModules || [...texts.values()].some((text) => /\bsys\s*\.\s*path\b/.test(text));
  const loaded = new Set<string>();
  const open = [LOGIC];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const text = texts.get(path);
    if (text === undefined || loaded.has(path)) continue;
    loaded.add(path);
    const code = readable(text);
    problems.push(...checkPython({ ...about, bringsModules, path, text }, code));
    open.push(...loadedBy(path, code.read).filter((one) => texts.has(one)));
    await nextTurn();
  }
  for (const [path, text] of texts) {
    if (loaded.has(path)) continue;
    problems.push(...checkUnloaded({ path, text }));
    await nextTurn();
  }
  return problems;
}

/** Paths of files that its imports load, if they are there: only what is not indented is surely run. */
function loadedBy(path: string, lines: readonly PythonLine[]): string[] {
  const atTop = lines.filter(({ indent }) => indent === '');
  const modules = atTop.flatMap(({ code }) => modulesIn(code, path));
  // One with the name of a module of Python's may be that one.
  return modules.filter(([top = '']) => !PYTHON_MODULES.has(top)).flatMap(filesOf);
}

/** The names of each module, from the top of the bundle on. */
function modulesIn(code: string, path: string): string[][] {
  const from = /^from\s+(\.*)\s*([\w.]*)\s+import\s+(.+)$/.exec(code);
  if (from) {
    const [, dots = '', module = '', names = ''] = from;
    const folder = path.split('/').slice(0, -1);
    if (dots.length > folder.length) return [];
    const base = dots === '' ? [] : folder.slice(0, folder.length - dots.length + 1);
    const within = [...base, ...partsOf(module)];
    return [within, ...listed(names).map((name) => [...within, name])];
  }
  const names = /^import\s+([\w.,\s]+)$/.exec(code)?.[1] ?? '';
  return listed(names).map(partsOf);
}

const listed = (names: string) => names.split(',').flatMap((name) => /^[\s(]*([\w.]+)/.exec(name)?.[1] ?? []);
const partsOf = (module: string) => module.split('.').filter((part) => part !== '');

/** A module, and each package on the way to it. */
function filesOf(parts: readonly string[]): string[] {
  const steps = parts.slice(0, 16).map((_, index) => parts.slice(0, index + 1).join('/'));
  return steps.flatMap((step) => [`${step}.py`, `${step}/__init__.py`]);
}
