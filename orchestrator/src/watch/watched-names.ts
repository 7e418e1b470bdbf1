/** Which names below the agents folder are worth a look: not those of files that are in no image. */
import { existsSync } from 'node:fs';
import { leftBy } from '../ignored/ignored-names.ts';
import { MARKED_FOLDERS } from '../ignored/tool-files.ts';

/**
 * @param path below the agents folder; empty for itself
 * @param isKept whether a file that a tool leaves is part of its bundle all the same
 */
export function isHeard(path: string, isKept: (path: string) => boolean = () => false): boolean {
  const [root = '', ...names] = path.normalize('NFC').split('/');
  if (root === '') return true;
  if (isNobodys(root)) return false;
  if (names[0] === 'media' && names.length > 1) return false;
  return names.every((name) => leftBy(name) === null) || isKept(path);
}

/**
 * Whether a watch is set on it: not below what no exception brings back, which is often thousands of files.
 * @param folder where it is known to be one: its absolute path
 */
export function isWatched(path: string, folder: string | null): boolean {
  const [root = '', ...names] = path.split('/');
  if (root === '') return true;
  if (isNobodys(root)) return false;
  if (names.length === 0) return true;
  if (names[0] === 'media' && names.length > 1) return false;
  if (names.some((name) => leftBy(name)?.fixed)) return false;
  return folder === null || !VENV_MARKS.some((name) => existsSync(`${folder}/${name}`));
}

const isNobodys = (root: string) => root.startsWith('.') || leftBy(root) !== null;

const VENV_MARKS = MARKED_FOLDERS.filter(({ by }) => by === 'a virtual environment').flatMap(({ holds }) => holds);
