/** What a relative import means among the files of a bundle, and what was probably meant where nothing is there. Pure. */
import { posix } from 'node:path';
import { didYouMean } from '../manifest/suggest.ts';
import type { ModuleImport } from './module-outline.ts';

/** @returns the path in the bundle; null for a package, and for what lies outside of the bundle */
export function resolved(from: string, specifier: string): string | null {
  if (!/^\.{1,2}(?:\/|$)/.test(specifier)) return null;
  const path = posix.normalize(posix.join(posix.dirname(from), decoded(specifier.replace(/[?#].*$/s, ''))));
  return path === '..' || path.startsWith('../') ? null : path;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const LOADED = /\.(?:[mc]?[jt]s|json|node|wasm)$/;

/** @returns what is wrong with the file that an import names, or null */
export function fileFault(
  from: string,
  { specifier, isJson }: Pick<ModuleImport, 'specifier' | 'isJson'>,
  files: ReadonlySet<string>,
): string | null {
  const path = resolved(from, specifier);
  if (path === null) return `${specifier} is outside of the bundle: nothing beside its folder is in the image`;
  if (!files.has(path)) return notThere(specifier, path, files);
  if (/\.[jt]sx$/.test(path)) return `${specifier}: Node loads no JSX; write it as .ts without it`;
  if (path.endsWith('.json') && !isJson)
    return `${specifier} needs a word more: import … from '${specifier}' with { type: 'json' }`;
  if (!LOADED.test(path)) return `${specifier} is no code: read it with readFile of node:fs/promises`;
  return null;
}

function notThere(specifier: string, path: string, files: ReadonlySet<string>): string {
  if (path.startsWith('media/')) return `${specifier} is not there when the agent runs: media/ is not in the image`;
  const meant = completed(path, files) ?? inOtherCase(path, files) ?? alike(path, files);
  if (meant === null) return `there is no ${specifier} in the bundle`;
  return `there is no ${specifier} in the bundle: write ${specifierOf(specifier, path, meant)}`;
}

const ENDINGS = ['.ts', '.js', '.mts', '.mjs', '.cts', '.cjs', '.json', '/index.ts', '/index.js'];
const OTHER_ENDING: readonly (readonly [RegExp, string])[] = [
  [/\.js$/, '.ts'],
  [/\.mjs$/, '.mts'],
  [/\.cjs$/, '.cts'],
  [/\.[jt]sx$/, '.ts'],
  [/\.ts$/, '.js'],
];

/** Without its ending, with that of what it is compiled to elsewhere, or a folder. */
function completed(path: string, files: ReadonlySet<string>): string | null {
  const longer = ENDINGS.map((ending) => path + ending);
  const other = OTHER_ENDING.filter(([ending]) => ending.test(path)).map(([ending, own]) => path.replace(ending, own));
  return [...longer, ...other].find((one) => files.has(one)) ?? null;
}

function inOtherCase(path: string, files: ReadonlySet<string>): string | null {
  const wanted = path.toLowerCase();
  for (const file of files) {
    const plain = file.toLowerCase();
    if (plain === wanted || ENDINGS.some((ending) => plain === wanted + ending)) return file;
  }
  return null;
}

/** A misspelt name in the same folder. */
function alike(path: string, files: ReadonlySet<string>): string | null {
  const folder = posix.dirname(path);
  const beside = [...files].filter((file) => posix.dirname(file) === folder).map((file) => posix.basename(file));
  const meant = didYouMean(posix.basename(path), beside);
  return meant === null ? null : posix.join(folder, meant);
}

/** The same way up or down as it was written. */
function specifierOf(specifier: string, path: string, meant: string): string {
  const up = /^(?:\.{1,2}\/)+/.exec(specifier)?.[0] ?? './';
  const rest = specifier.slice(up.length);
  const base = path.slice(0, path.length - rest.length);
  return meant.startsWith(base) && path === base + rest ? up + meant.slice(base.length) : meant;
}
