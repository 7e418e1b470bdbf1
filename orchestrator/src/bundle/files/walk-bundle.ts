/**
 * The first look at a bundle: names and metadata only, nothing is opened. It says which files would be read, which are
 * left out and why, what breaks a rule of SECURITY.md, and a fingerprint that stays the same for as long as nobody
 * touches a file of the bundle.
 */
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Problem } from '../../domain/desired.ts';
import { folderLeftBy, leftBy } from '../../ignored/ignored-names.ts';
import type { ToolFiles } from '../../ignored/tool-files.ts';
import { LIMITS } from '../limits.ts';
import { fileNameProblem, sameNameProblem, windowsNameProblem } from './file-name.ts';
import type { FolderLister } from './folder-lister.ts';
import { type IgnoreRule, isBroughtBack, isFolderBroughtBack, isIgnored, mayBringBack } from './ignore-rules.ts';
import { codeOf } from './system-error.ts';
import {
  LEAVE_IT_OUT,
  type LeftOut,
  leaveOut,
  note,
  refuse,
  stop,
  tell,
  unreadable,
  type WalkProgress,
  warn,
} from './walk-progress.ts';
import { fileFrom, folderFrom, kindOf, kindProblem, type Named, type WalkedFile, type WalkedFolder } from './walked.ts';

export interface Walk {
  root: WalkedFolder;
  /** What is in the root, apart from what tools leave; also what was refused. */
  names: readonly string[];
  problems: Problem[];
  warnings: readonly Problem[];
  /** The first of them; `leftOutCount` says how many there are. */
  leftOut: readonly LeftOut[];
  leftOutCount: number;
  fingerprint: string;
  /** The newest change of any entry, wall-clock milliseconds as the file system counts them. */
  newestMs: number;
}

export interface WalkRequest {
  /** Absolute path of the bundle folder. */
  dir: string;
  rules: readonly IgnoreRule[];
  lister: FolderLister;
  /** Asked with the names in the root: false ends the walk there. */
  goesOn?: (names: readonly string[]) => boolean;
}

/** What makes a folder a bundle, whatever `.hairemignore` says (`*` and exceptions is a common way to write it). */
const NEVER_LEFT_OUT = new Set(['manifest.yaml', 'expert.yaml', 'persona.yaml', '.hairemignore']);

/** Compared characters in one turn of the event loop: some ten milliseconds. */
const STEPS_A_TURN = 500_000;
const TOO_COSTLY = 'takes too long to match; use fewer patterns, and fewer stars in them';
const MEDIA = `put it into media/ if the interface alone shows it, ${LEAVE_IT_OUT}`;
const LESS = 'leave out what the agent does not need with lines in .hairemignore';
const ENTRIES = `holds more than ${LIMITS.entries} entries; move what is not the agent's out of its folder`;
const TOO_DEEP = `is nested deeper than ${LIMITS.depth} levels; move it up, ${LEAVE_IT_OUT}`;

/** A folder on the way down. */
interface Place {
  folder: WalkedFolder;
  /** Its path on the disk, relative to the bundle. */
  onDisk: string;
  depth: number;
  /** It is left out, and entered for an exception that may name something in it. */
  isLeftOut: boolean;
  /** The kind of tools' files that it is one of. */
  row: ToolFiles | null;
}

interface Entry extends Named {
  isBeside(name: string): boolean;
  /** Names that were taken before in this folder, by how a file system without cases sees them. */
  taken: Map<string, string>;
}

/** @returns null when the folder itself is gone. */
export async function walkBundle(request: WalkRequest): Promise<Walk | null> {
  const progress: WalkProgress = {
    ...request,
    matching: { steps: 0, pauseAt: STEPS_A_TURN },
    hash: createHash('sha256'),
    problems: [],
    warnings: [],
    leftOut: [],
    leftOutCount: 0,
    newestMs: 0,
    entries: 0,
    files: 0,
    bytes: 0,
    over: false,
  };
  const stats = await request.lister.lstat(request.dir);
  if (stats === null) return null;
  const root = folderFrom({ name: '', onDisk: '', path: '' }, stats);
  const names: string[] = [];
  note(progress, '', stats);
  if (stats.isDirectory()) names.push(...(await walkRoot(progress, root, request.goesOn)));
  else refuse(progress, '', `is ${kindOf(stats)}; a bundle is a real folder: copy it here`);
  for (const { file, message } of progress.problems) progress.hash.update(`!${file} ${message}\n`);
  const { problems, warnings, leftOut, leftOutCount, newestMs } = progress;
  return { root, names, problems, warnings, leftOut, leftOutCount, newestMs, fingerprint: progress.hash.digest('hex') };
}

async function walkRoot(progress: WalkProgress, folder: WalkedFolder, goesOn: WalkRequest['goesOn']) {
  const root: Place = { folder, onDisk: '', depth: 1, isLeftOut: false, row: null };
  const listed = await listNames(progress, root);
  const names = listed.map((name) => name.normalize('NFC')).filter((name) => leftBy(name) === null);
  if (goesOn?.(names) ?? true) await walkEntries(progress, root, listed);
  return names;
}

async function walkFolder(progress: WalkProgress, place: Place): Promise<void> {
  const { path } = place.folder;
  const names = await listNames(progress, place);
  const by = place.isLeftOut ? null : folderLeftBy(names);
  if (by === null || isFolderBroughtBack(progress.rules, path, progress.matching))
    await walkEntries(progress, place, names);
  else leaveOut(progress, path, { by });
}

async function walkEntries(progress: WalkProgress, place: Place, names: readonly string[]): Promise<void> {
  const { folder } = place;
  const beside = new Set(names);
  const common = { isBeside: (other: string) => beside.has(other), taken: new Map<string, string>() };
  const below: Place[] = [];
  for (const onDisk of names) {
    if (progress.over) return;
    if (++progress.entries % 512 === 0 || progress.matching.steps > progress.matching.pauseAt) await pause(progress);
    if (progress.entries > LIMITS.entries) return stop(progress, '', ENTRIES);
    const name = onDisk.normalize('NFC');
    const child = await walkEntry(progress, place, { ...common, name, onDisk, path: joined(folder.path, name) });
    if (child !== null) below.push(child);
    if (progress.matching.steps > LIMITS.ignoreSteps) stop(progress, '.hairemignore', TOO_COSTLY);
  }
  for (const child of below) {
    if (!progress.over) await walkFolder(progress, child);
  }
  // A folder of left-out files alone must not look like one of the bundle.
  folder.folders = folder.folders.filter(({ files, folders }) => files.length > 0 || folders.length > 0);
}

async function pause({ matching }: WalkProgress): Promise<void> {
  matching.pauseAt = matching.steps + STEPS_A_TURN;
  await nextTurn();
}

async function listNames(progress: WalkProgress, { folder, onDisk, isLeftOut }: Place): Promise<string[]> {
  try {
    const names = await progress.lister.names(joined(progress.dir, onDisk), LIMITS.entries + 1 - progress.entries);
    return names.sort();
  } catch (error) {
    if (!isLeftOut && codeOf(error) !== 'ENOENT') refuse(progress, folder.path, unreadable(codeOf(error)));
    return [];
  }
}

/** @returns the folder to go on with, where it is one */
async function walkEntry(progress: WalkProgress, place: Place, entry: Entry): Promise<Place | null> {
  const { path, name } = entry;
  const row = rowOf(progress, place, entry);
  // Before it is looked at: it may be a dangling link, or nobody's to read.
  if (row !== null && !mayBringBack(progress.rules, row)) {
    if (place.isLeftOut) return null;
    leaveOut(progress, path, row);
    if (row.tells !== undefined) tell(progress, { path, tells: row.tells }, await lookAt(progress, place, entry));
    return null;
  }
  const stats = await lookAt(progress, place, entry);
  if (stats === null) return null;
  if (path === 'media') {
    if (!stats.isDirectory()) refuse(progress, path, `is ${kindOf(stats)}; media/ must be a real folder`);
    return null;
  }
  const left = row ?? (isIgnoredPath(progress, path) ? { by: '.hairemignore' } : null);
  if (left === null) return take(progress, place, { entry, stats });
  if (!place.isLeftOut) leaveOut(progress, path, left);
  if (!place.isLeftOut && row?.tells !== undefined) tell(progress, { path, tells: row.tells }, stats);
  const isEntered = stats.isDirectory() && place.depth < LIMITS.depth && fileNameProblem(name) === null;
  const mayHoldSome = isEntered && progress.rules.some((rule) => rule.negated);
  return mayHoldSome ? enter(place, { entry, stats }, { isLeftOut: true, row }) : null;
}

/** Which tool left it; null for what is the bundle's own, or is brought back. */
function rowOf({ rules, matching }: WalkProgress, place: Place, { name, path, isBeside }: Entry): ToolFiles | null {
  if (NEVER_LEFT_OUT.has(path)) return null;
  const row = place.row ?? leftBy(name, isBeside);
  return row === null || isBroughtBack(rules, { path, row }, matching) ? null : row;
}

const isIgnoredPath = ({ rules, matching }: WalkProgress, path: string) =>
  !NEVER_LEFT_OUT.has(path) && isIgnored(rules, path, matching);

interface Found {
  entry: Entry;
  stats: Stats;
}

function take(progress: WalkProgress, place: Place, { entry, stats }: Found): Place | null {
  const { name, path } = entry;
  note(progress, path, stats);
  const wrong = fileNameProblem(name) ?? sameNameProblem(entry, entry.taken) ?? kindProblem(stats);
  const onWindows = windowsNameProblem(name);
  if (wrong !== null) refuse(progress, path, `${wrong}, ${LEAVE_IT_OUT}`);
  else if (onWindows !== null) warn(progress, path, `${onWindows}; rename it if this folder is ever copied there`);
  if (wrong !== null) return null;
  if (!stats.isDirectory()) takeFile(progress, place.folder, fileFrom(entry, stats));
  else if (place.depth >= LIMITS.depth) stop(progress, path, TOO_DEEP);
  else return enter(place, { entry, stats }, { isLeftOut: false, row: null });
  return null;
}

function enter(place: Place, { entry, stats }: Found, as: Pick<Place, 'isLeftOut' | 'row'>): Place {
  const folder = folderFrom(entry, stats);
  place.folder.folders.push(folder);
  return { folder, onDisk: joined(place.onDisk, entry.onDisk), depth: place.depth + 1, ...as };
}

function takeFile(progress: WalkProgress, folder: WalkedFolder, file: WalkedFile): void {
  progress.files++;
  progress.bytes += file.size;
  if (file.size > LIMITS.fileBytes) refuse(progress, file.path, `is larger than ${LIMITS.fileBytes} bytes; ${MEDIA}`);
  else if (progress.files > LIMITS.files) stop(progress, '', `holds more than ${LIMITS.files} files; ${LESS}`);
  else if (progress.bytes > LIMITS.totalBytes)
    stop(progress, '', `holds more than ${LIMITS.totalBytes} bytes; ${LESS}`);
  else folder.files.push(file);
}

async function lookAt(progress: WalkProgress, place: Place, { name, onDisk, path }: Entry): Promise<Stats | null> {
  let why: string | null = null;
  try {
    const stats = await progress.lister.lstat(`${progress.dir}/${joined(place.onDisk, onDisk)}`);
    if (stats !== null) return stats;
    // A name that is not UTF-8 cannot be asked for again, and must not be left out in silence.
    if (name.includes('\uFFFD')) why = fileNameProblem(name);
  } catch (error) {
    why = unreadable(codeOf(error));
  }
  if (why !== null && !place.isLeftOut) refuse(progress, path, why);
  return null;
}

const joined = (folder: string, name: string) => (folder === '' || name === '' ? folder + name : `${folder}/${name}`);
