/**
 * Hears that something under the agents folder changed and says "look again", nothing more: what changed is for the
 * scan to find out. Polls by itself where inotify is deaf or exhausted, and outlives the folder itself.
 */

import { stat } from 'node:fs/promises';
import { watch } from 'chokidar';
import { codesIn } from '../domain/errors/error-codes.ts';
import type { Clock } from '../domain/ports/ports.ts';
import { remoteFilesystem } from './filesystem-kind.ts';
import { isHeard, isWatched } from './watched-names.ts';

/** Gathers the several events of one save. */
const DEBOUNCE_MS = 15;
const POLL_MS = 1_000;
/** How often the root itself is looked for: no event tells that it was replaced. */
const ROOT_CHECK_MS = 1_000;
const DEEPEST = 18;

export interface WatchRequest {
  /** Absolute path of the agents folder; it need not exist yet. */
  dir: string;
  clock: Clock;
  /** Whether a file that a tool leaves is part of its bundle all the same; none is without it. */
  isKept?(path: string): boolean;
  onChange(): void;
  /** A sentence for the log and the status, each time the way of watching changes. */
  onNotice(notice: WatchNotice): void;
  /** Ends the watch. */
  signal: AbortSignal;
  /** Poll whatever the file system is. */
  alwaysPoll?: boolean;
  open?: OpenWatcher;
}

export interface WatchNotice {
  mode: 'events' | 'polling' | 'waiting';
  message: string;
}

/** The part of chokidar that is used. */
export interface Watcher {
  on(event: 'all', listener: (event: string, path: string) => void): unknown;
  on(event: 'ready', listener: () => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  close(): Promise<void>;
}
export type OpenWatcher = (dir: string, options: { poll: boolean }) => Watcher;

/** Resolves when the signal aborts and the watcher is closed. */
export async function watchFolder(request: WatchRequest): Promise<void> {
  const { signal } = request;
  const say = debounced(request);
  let pollBecause = request.alwaysPoll ? 'it is set so' : null;
  while (!signal.aborted) {
    const root = await rootIdentity(request.dir);
    if (root === null) {
      await waitForRoot(request);
      say();
      continue;
    }
    const remote = await remoteFilesystem(request.dir);
    pollBecause ??= remote === null ? null : `it is on ${remote}`;
    const ended = await watchRoot({ ...request, root, pollBecause, say });
    if (ended.inotifyFailed !== null) pollBecause = ended.inotifyFailed;
    if (!signal.aborted) say();
  }
}

interface RootWatch extends WatchRequest {
  root: string;
  pollBecause: string | null;
  say(): void;
}

/** Watches until the root is another folder, inotify fails, or the signal aborts. */
async function watchRoot({
  dir,
  clock,
  signal,
  onNotice,
  root,
  pollBecause,
  isKept,
  say,
  open = openChokidar,
}: RootWatch) {
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  let inotifyFailed: string | null = null;
  const watcher = open(dir, { poll: pollBecause !== null });
  watcher.on('all', (event, path) => {
    // Moved away: its watches are gone, even if the same folder is back before it is looked for.
    if (event === 'unlinkDir' && path === dir) over.abort();
    if (isHeard(below(dir, path), isKept)) say();
  });
  // What was added while it was still finding its way around gave no event.
  watcher.on('ready', say);
  watcher.on('error', (error) => {
    const code = codeOf(error);
    if (pollBecause !== null || !['ENOSPC', 'EMFILE', 'ENFILE', 'ENOSYS'].includes(code)) return say();
    inotifyFailed = `inotify is exhausted (${code}); raise fs.inotify.max_user_watches or max_user_instances`;
    over.abort();
  });
  onNotice(
    pollBecause === null
      ? { mode: 'events', message: `Watching ${dir}.` }
      : { mode: 'polling', message: `Polling ${dir}: ${pollBecause}.` },
  );
  while (!until.aborted && (await rootIdentity(dir)) === root) await pause(clock, ROOT_CHECK_MS, until);
  await watcher.close();
  return { inotifyFailed };
}

async function waitForRoot({ dir, clock, signal, onNotice }: WatchRequest): Promise<void> {
  onNotice({ mode: 'waiting', message: `Waiting for ${dir}: it is not there.` });
  while (!signal.aborted && (await rootIdentity(dir)) === null) await pause(clock, ROOT_CHECK_MS, signal);
}

/** The first call is passed on at once; those within the short wait behind it are one more. */
function debounced({ clock, signal, onChange }: WatchRequest): () => void {
  let waiting = false;
  let again = false;
  const pass = () => {
    again = waiting;
    if (waiting || signal.aborted) return;
    waiting = true;
    onChange();
    void pause(clock, DEBOUNCE_MS, signal).then(() => {
      waiting = false;
      if (again) pass();
    });
  };
  return pass;
}

/** As `sleep`, but an abort only ends it. */
async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await clock.sleep(ms, signal).catch(() => undefined);
}

/** Which folder it is, or null when there is none. A deleted one that is still mounted has no links. */
async function rootIdentity(dir: string): Promise<string | null> {
  try {
    const stats = await stat(dir);
    const { dev, ino, nlink, birthtimeMs, ctimeMs } = stats;
    // Inode numbers are used again; where a file system knows no birth time it gives the last change instead.
    const born = birthtimeMs === ctimeMs ? '' : birthtimeMs;
    return stats.isDirectory() ? `${dev} ${ino} ${nlink > 0} ${born}` : null;
  } catch {
    return null;
  }
}

/** Empty for the folder itself. */
const below = (dir: string, path: string) => (path.startsWith(dir) ? path.slice(dir.length + 1) : path);

const openChokidar: OpenWatcher = (dir, { poll }) =>
  watch(dir, {
    // A file system that is polled may be slow to answer, and has no limit of watches.
    ignored: (path, stats) => !isWatched(below(dir, path), !poll && stats?.isDirectory() ? path : null),
    ignoreInitial: true,
    followSymlinks: false,
    depth: DEEPEST,
    usePolling: poll,
    interval: POLL_MS,
    binaryInterval: POLL_MS,
    awaitWriteFinish: false,
    atomic: false,
    ignorePermissionErrors: true,
  });

function codeOf(error: unknown): string {
  return codesIn(error)[0] ?? '';
}
