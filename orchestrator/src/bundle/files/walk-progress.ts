/** What a walk has counted, noted, left out and refused so far. */
import type { Hash } from 'node:crypto';
import type { Stats } from 'node:fs';
import type { Problem } from '../../domain/desired.ts';
import type { ToolFiles } from '../../ignored/tool-files.ts';
import { LIMITS } from '../limits.ts';
import { printable } from './file-name.ts';
import type { FolderLister } from './folder-lister.ts';
import type { IgnoreRule, MatchCost } from './ignore-rules.ts';

/** Something in the folder that is not part of the bundle. */
export interface LeftOut {
  /** Relative to the bundle, safe in a line of text. */
  path: string;
  /** Who left it there, or `.hairemignore`. */
  because: string;
  /** Its author may have meant it to be part. */
  perhapsMeant: boolean;
}

export interface WalkProgress {
  dir: string;
  rules: readonly IgnoreRule[];
  /** Lets others have the event loop at `pauseAt` steps. */
  matching: MatchCost & { pauseAt: number };
  lister: FolderLister;
  hash: Hash;
  problems: Problem[];
  warnings: Problem[];
  leftOut: LeftOut[];
  leftOutCount: number;
  newestMs: number;
  entries: number;
  files: number;
  bytes: number;
  /** Set when a limit ends the walk: what follows is not looked at. */
  over: boolean;
}

/** A folder counts by what it is, not by its times: those change with every left-out file. */
export function note(progress: WalkProgress, path: string, stats: Stats): void {
  const { ino, mode, size, mtimeMs, ctimeMs } = stats;
  const times = stats.isDirectory() ? '' : ` ${size} ${mtimeMs} ${ctimeMs}`;
  progress.hash.update(`${path}\0${ino} ${mode}${times}\n`);
  // ctime: unlike mtime it cannot be set back, and copying tools do not carry it over.
  progress.newestMs = Math.max(progress.newestMs, ctimeMs);
}

/** Nothing of what is left out is noted: it must not look like a change. */
export function leaveOut(progress: WalkProgress, path: string, row: Pick<ToolFiles, 'by' | 'perhapsMeant'>): void {
  progress.leftOutCount++;
  if (progress.leftOut.length >= LIMITS.leftOut) return;
  progress.leftOut.push({ path: printable(path), because: row.by, perhapsMeant: row.perhapsMeant === true });
}

/** What each refusal says at its end. */
export const LEAVE_IT_OUT = 'or leave it out with a line in .hairemignore';

/** @param code of the system's error */
export const unreadable = (code: string) =>
  `cannot be read (${code}); make it readable for everyone (chmod -R a+rX), ${LEAVE_IT_OUT}`;

export function refuse(progress: WalkProgress, path: string, message: string): void {
  if (progress.over) return;
  const isTooMany = progress.problems.length >= LIMITS.problems;
  const file = isTooMany ? '' : printable(path);
  const text = `${file || 'the bundle'} ${isTooMany ? 'has too many problems to list' : message}`;
  progress.problems.push({ severity: 'error', file, line: null, column: null, path: '', message: text });
  progress.over = isTooMany;
}

/** As `refuse`, and ends the walk. */
export function stop(progress: WalkProgress, path: string, message: string): void {
  refuse(progress, path, message);
  progress.over = true;
}

export function warn(progress: WalkProgress, path: string, message: string): void {
  if (progress.warnings.length >= LIMITS.problems) return;
  const file = printable(path);
  progress.warnings.push({
    severity: 'warning',
    file,
    line: null,
    column: null,
    path: '',
    message: `${file} ${message}`,
  });
}

/** Of a file alone: a folder of that name is a tool's own, as a virtual environment in `.env`. */
export function tell(
  progress: WalkProgress,
  { path, tells }: { path: string; tells: string },
  stats: Stats | null,
): void {
  if (stats?.isDirectory() === false) warn(progress, path, tells);
}
