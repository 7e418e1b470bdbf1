/**
 * What of a Python file would end the agent that loads it, as far as that can be told without a Python: indents, brackets,
 * strings, `await` outside of `async def`, words of a newer Python, imports of what is not there. It speaks up only where
 * it is sure; the runtime, which loads the file, has the last word. Pure.
 */
import type { Problem } from '../../domain/desired.ts';
import { LIMITS } from '../limits.ts';
import { colonFaults } from './python-colons.ts';
import { blockFault } from './python-indents.ts';
import { type PythonFault, type PythonLine, readPython } from './python-lines.ts';
import { PACKAGE_OF, PYTHON_MODULES } from './python-modules.ts';
import { sdkFaults } from './python-sdk.ts';

export interface PythonFile {
  /** In the bundle. */
  path: string;
  text: string;
  /** Every file of the code, by path. */
  files: ReadonlySet<string>;
  /** Of requirements.txt, or of the in-process hAIrem: any module may come with them. */
  bringsModules: boolean;
  /** It is of the in-process kind: what it extends and imports is another library's. */
  bringsAll?: boolean;
}

export function checkPython(file: PythonFile, { read, faults } = readable(file.text)): Problem[] {
  const all = [
    ...newerFaults(read),
    ...awaitFaults(read),
    ...importFaults(read, file),
    ...(file.bringsAll ? [] : sdkFaults(read)),
    ...faults,
  ];
  return problemsOf(file.path, all, 'error');
}

/** As `checkPython`, of one that is not loaded at the start: what would keep it from being loaded at all. */
export function checkUnloaded({ path, text }: Pick<PythonFile, 'path' | 'text'>): Problem[] {
  const { read, faults } = readable(text);
  return problemsOf(path, [...newerFaults(read), ...awaitFaults(read), ...faults].slice(0, 1), 'warning');
}

/** The lines that are what they look like: none behind the first fault. */
export function readable(text: string): { read: PythonLine[]; faults: PythonFault[] } {
  const { lines, fault } = readPython(text);
  const faults = [...colonFaults(lines), blockFault(lines), fault].filter((one) => one !== null).slice(0, 1);
  return { read: faults[0] ? lines.filter(({ line }) => line < (faults[0]?.line ?? 0)) : lines, faults };
}

function problemsOf(file: string, faults: readonly PythonFault[], severity: Problem['severity']): Problem[] {
  return faults
    .toSorted((a, b) => a.line - b.line)
    .slice(0, LIMITS.problems + 1)
    .map(({ message, ...place }) => ({ severity, file, path: '', message, ...place }));
}

const at = ({ line, column }: PythonLine, message: string): PythonFault => ({ line, column, message });

const IMAGE = 'the image has Python 3.11';
const NEWER: readonly (readonly [RegExp, string])[] = [
  [/^(?:class|def|async def)\s+\w+\s*\[/, `type parameters came with Python 3.12; ${IMAGE}: use TypeVar`],
  [/^type\s+\w+\s*(?:\[[^=]*\]\s*)?=/, `"type X = …" came with Python 3.12; ${IMAGE}: use TypeAlias`],
  [/^except\*?\s+[\w.]+\s*,\s*[\w.,\s]+:/, `"except A, B:" came with Python 3.14; ${IMAGE}: write except (A, B):`],
  [/(?:^|[^\w.])[tT][rR]?""/, `t"…" came with Python 3.14; ${IMAGE}`],
  [/^print\s+""/, 'print is a function: print("…")'],
  [/^exec\s+""/, 'exec is a function: exec("…")'],
  [/^raise\s+[\w.]+\s*,\s*""/, 'write raise Error("…")'],
];

const newerFaults = (lines: readonly PythonLine[]) =>
  lines.flatMap((line) => {
    const [, message] = NEWER.find(([pattern]) => pattern.test(line.code.trimStart())) ?? [];
    return message === undefined ? [] : [at(line, message)];
  });

interface Function {
  columns: number;
  isAsync: boolean;
}

/** The innermost function around a line is the last one above it that is indented less. */
function awaitFaults(lines: readonly PythonLine[]): PythonFault[] {
  const around: Function[] = [];
  return lines.flatMap((line) => {
    const columns = line.indent.length;
    while ((around.at(-1)?.columns ?? -1) >= columns) around.pop();
    const head = /^(async\s+)?def\b/.exec(line.code.trimStart());
    if (head) around.push({ columns, isAsync: head[1] !== undefined });
    const awaits = /(?:^|[^\w.])await\s|^\s*async\s+(?:with|for)\b/.test(line.code);
    // A generator that is only made here may await.
    const isUnsure = /\blambda\b/.test(line.code) || (/\bfor\b/.test(line.code) && !/^\s*async\s/.test(line.code));
    if (!awaits || around.at(-1)?.isAsync || isUnsure) return [];
    const message =
      around.length === 0 ? 'await outside of a function' : 'await in a function without async: async def';
    return [at(line, message)];
  });
}

function importFaults(lines: readonly PythonLine[], { path, files, bringsModules }: PythonFile): PythonFault[] {
  const own = ownModules(files);
  // What is indented may stand where its failure is expected.
  return lines
    .filter(({ indent }) => indent === '')
    .flatMap((line) => {
      const relative = /^from\s+(\.+)([\w.]*)\s+import\b/.exec(line.code);
      if (relative) return path.includes('/') ? [] : [at(line, inNoPackage(path, relative[2] ?? ''))];
      return importedBy(line.code).flatMap((name) => {
        const message = moduleFault(name, own, bringsModules);
        return message === null ? [] : [at(line, besides(name, path, files) ?? message)];
      });
    });
}

const inNoPackage = (path: string, module: string) =>
  `${path} is in no package: write from ${module || '<file>'} import …`;

/** What stands in its own folder is found from the top of the bundle, or by a relative import. */
function besides(name: string, path: string, files: ReadonlySet<string>): string | null {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  if (folder === '' || !(files.has(`${folder}${name}.py`) || files.has(`${folder}${name}/__init__.py`))) return null;
  return `there is no module ${name} at the top of the bundle, but one in ${folder}: write from .${name} import …`;
}

/** `a` and `b` of `import a.x as y, b`. */
function importedBy(code: string): string[] {
  const from = /^from\s+(\w+)/.exec(code)?.[1];
  if (from !== undefined) return [from];
  const names = /^import\s+([\w.,\s]+)$/.exec(code)?.[1]?.split(',') ?? [];
  return names.map((name) => /^\s*(\w+)/.exec(name)?.[1] ?? '').filter((name) => name !== '');
}

function moduleFault(name: string, own: ReadonlyMap<string, string>, bringsModules: boolean): string | null {
  const found = own.get(name.toLowerCase());
  if (PYTHON_MODULES.has(name) || found === name) return null;
  if (found !== undefined) return `there is no module ${name} in the bundle, but ${found}: the case matters`;
  if (bringsModules) return null;
  return `there is no module ${name}: write "${packageOf(name)}" and its version into requirements.txt`;
}

const packageOf = (name: string) => (Object.hasOwn(PACKAGE_OF, name) ? PACKAGE_OF[name] : name);

/** Names of its folders and of what its root files begin with, by themselves in lower case. */
function ownModules(files: ReadonlySet<string>): ReadonlyMap<string, string> {
  const known = OWN_MODULES.get(files);
  if (known) return known;
  const names = [...files].map((file) => file.split(/[/.]/, 1)[0] ?? '');
  const own = new Map(names.map((name) => [name.toLowerCase(), name]));
  OWN_MODULES.set(files, own);
  return own;
}

/** Of a bundle, since each of its thousands of files may ask. */
const OWN_MODULES = new WeakMap<ReadonlySet<string>, ReadonlyMap<string, string>>();
