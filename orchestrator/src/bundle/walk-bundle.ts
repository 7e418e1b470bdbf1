/**
 * The first look at a bundle: names and metadata only, nothing is opened. It says which files would be read, what
 * breaks a rule of SECURITY.md, and a fingerprint that stays the same for as long as nobody touches a file.
 */
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Problem } from '../domain/desired.ts';
import { fileNameProblem, foldCase, printable } from './file-name.ts';
import type { FolderLister } from './folder-lister.ts';
import { type IgnoreRule, isAlwaysLeftOut, isIgnored } from './ignore-rules.ts';
import { LIMITS } from './limits.ts';
import { codeOf } from './system-error.ts';
import { note, refuse, stop, type WalkProgress } from './walk-progress.ts';

export interface WalkedFile {
  name: string;
  /** Relative to the bundle. */
  path: string;
  size: number;
  mode: 0o644 | 0o755;
  dev: number;
  ino: number;
  mtimeMs: number;
  ctimeMs: number;
}

export interface WalkedFolder {
  name: string;
  /** Relative to the bundle; empty for the bundle itself. */
  path: string;
  dev: number;
  ino: number;
  files: WalkedFile[];
  folders: WalkedFolder[];
}

export interface Walk {
  root: WalkedFolder;
  problems: Problem[];
  fingerprint: string;
  /** The newest change of any entry, wall-clock milliseconds as the file system counts them. */
  newestMs: number;
}

export interface WalkRequest {
  /** Absolute path of the bundle folder. */
  dir: string;
  rules: readonly IgnoreRule[];
  lister: FolderLister;
}

/** What makes a folder a bundle, whatever `.hairemignore` says (`*` and exceptions is a common way to write it). */
const NEVER_LEFT_OUT = new Set(['manifest.yaml', 'expert.yaml', 'persona.yaml', '.hairemignore']);

/** Compared characters in one turn of the event loop: some ten milliseconds. */
const STEPS_A_TURN = 500_000;
const TOO_COSTLY = 'takes too long to match; use fewer patterns, and fewer stars in them';

/** @returns null when the folder itself is gone. */
export async function walkBundle(request: WalkRequest): Promise<Walk | null> {
  const progress: WalkProgress = {
    ...request,
    matching: { steps: 0, pauseAt: STEPS_A_TURN },
    hash: createHash('sha256'),
    problems: [],
    newestMs: 0,
    entries: 0,
    files: 0,
    bytes: 0,
    over: false,
  };
  const stats = await request.lister.lstat(request.dir);
  if (stats === null) return null;
  const root = folderFrom('', '', stats);
  note(progress, '', stats);
  if (stats.isDirectory()) await walkFolder(progress, root, 1);
  else refuse(progress, '', `is ${kindOf(stats)}; a bundle is a real folder`);
  for (const { file, message } of progress.problems) progress.hash.update(`!${file} ${message}\n`);
  return { root, problems: progress.problems, fingerprint: progress.hash.digest('hex'), newestMs: progress.newestMs };
}

async function walkFolder(progress: WalkProgress, folder: WalkedFolder, depth: number): Promise<void> {
  const names = await listNames(progress, folder);
  refuseCaseCollisions(progress, folder, names);
  for (const name of names) {
    if (progress.over) return;
    if (++progress.entries % 512 === 0 || progress.matching.steps > progress.matching.pauseAt) await pause(progress);
    if (progress.entries > LIMITS.entries) stop(progress, '', `holds more than ${LIMITS.entries} entries`);
    else await walkEntry(progress, folder, name, depth);
    if (progress.matching.steps > LIMITS.ignoreSteps) stop(progress, '.hairemignore', TOO_COSTLY);
  }
  for (const child of folder.folders) {
    if (!progress.over) await walkFolder(progress, child, depth + 1);
  }
}

async function pause({ matching }: WalkProgress): Promise<void> {
  matching.pauseAt = matching.steps + STEPS_A_TURN;
  await nextTurn();
}

async function listNames(progress: WalkProgress, folder: WalkedFolder): Promise<string[]> {
  const path = folder.path === '' ? progress.dir : `${progress.dir}/${folder.path}`;
  try {
    const names = await progress.lister.names(path, LIMITS.entries + 1 - progress.entries);
    return names.filter((name) => !isAlwaysLeftOut(name)).sort();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') refuse(progress, folder.path, `cannot be read (${codeOf(error)})`);
    return [];
  }
}

async function walkEntry(progress: WalkProgress, folder: WalkedFolder, name: string, depth: number): Promise<void> {
  const path = folder.path === '' ? name : `${folder.path}/${name}`;
  const stats = await lstatOrNull(progress, path);
  if (stats === null) {
    // A name that is not UTF-8 cannot be asked for again, and must not be left out in silence.
    if (name.includes('\uFFFD')) refuse(progress, path, fileNameProblem(name) ?? '');
    return;
  }
  if (path === 'media') {
    if (!stats.isDirectory()) refuse(progress, path, `is ${kindOf(stats)}; media/ must be a real folder`);
    return;
  }
  if (isLeftOut(progress, path, stats)) return;
  const wrong = fileNameProblem(name) ?? kindProblem(stats);
  if (wrong !== null) refuse(progress, path, wrong);
  else if (stats.isFile()) takeFile(progress, folder, fileFrom(name, path, stats));
  else if (depth >= LIMITS.depth) stop(progress, path, `is nested deeper than ${LIMITS.depth} levels`);
  else folder.folders.push(folderFrom(name, path, stats));
  note(progress, path, stats);
}

/** An ignored folder is entered when an exception may name something in it. */
function isLeftOut({ rules, matching }: WalkProgress, path: string, stats: Stats): boolean {
  if (NEVER_LEFT_OUT.has(path) || !isIgnored(rules, path, matching)) return false;
  return !stats.isDirectory() || rules.every((rule) => !rule.negated);
}

function takeFile(progress: WalkProgress, folder: WalkedFolder, file: WalkedFile): void {
  progress.files++;
  progress.bytes += file.size;
  if (file.size > LIMITS.fileBytes) refuse(progress, file.path, `is larger than ${LIMITS.fileBytes} bytes`);
  else if (progress.files > LIMITS.files) stop(progress, '', `holds more than ${LIMITS.files} files`);
  else if (progress.bytes > LIMITS.totalBytes) stop(progress, '', `holds more than ${LIMITS.totalBytes} bytes`);
  else folder.files.push(file);
}

function refuseCaseCollisions(progress: WalkProgress, folder: WalkedFolder, names: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const other = seen.get(foldCase(name));
    const path = folder.path === '' ? name : `${folder.path}/${name}`;
    if (other === undefined) seen.set(foldCase(name), name);
    else if (!isIgnored(progress.rules, path, progress.matching))
      refuse(progress, path, `differs from "${printable(other)}" only in case`);
  }
}

async function lstatOrNull(progress: WalkProgress, path: string): Promise<Stats | null> {
  try {
    return await progress.lister.lstat(`${progress.dir}/${path}`);
  } catch (error) {
    refuse(progress, path, `cannot be looked at (${codeOf(error)})`);
    return null;
  }
}

const folderFrom = (name: string, path: string, { dev, ino }: Stats): WalkedFolder => ({
  name,
  path,
  dev,
  ino,
  files: [],
  folders: [],
});

function fileFrom(name: string, path: string, stats: Stats): WalkedFile {
  const { size, dev, ino, mtimeMs, ctimeMs } = stats;
  return { name, path, size, mode: (stats.mode & 0o100) === 0 ? 0o644 : 0o755, dev, ino, mtimeMs, ctimeMs };
}

function kindProblem(stats: Stats): string | null {
  if (stats.isFile() || stats.isDirectory()) return null;
  return `is ${kindOf(stats)}; only regular files and folders are accepted`;
}

function kindOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isFIFO()) return 'a fifo';
  if (stats.isSocket()) return 'a socket';
  if (stats.isBlockDevice() || stats.isCharacterDevice()) return 'a device';
  return stats.isDirectory() ? 'a folder' : 'a file';
}
