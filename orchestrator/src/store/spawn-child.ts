/** A child of the store as an operating-system process: nothing in its environment, bounded, and the first to go. */

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { wordsOf } from '../domain/errors/error-text.ts';
import type { CallHead, DatabaseName, ReplyHead } from '../domain/messages/store-call.ts';
import { onFrames, sendFrame } from './frames.ts';

export interface StoreChildOptions {
  /** Of all databases. */
  folder: string;
  /** Exists, and nothing is in it: what queries may read. */
  emptyFolder: string;
  /** Of its own memory; above that it is killed. */
  mostBytes: number;
  querySeconds: number;
}

export interface StoreChild {
  opened: Promise<void>;
  ended: Promise<string>;
  send(head: CallHead, body: Buffer): void;
  close(): void;
  kill(why: string): void;
}

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));
/** Small heaps, one helper thread: what it holds is the engine's. No core: it would be the database on disk. */
const NODE = [
  '--disable-warning=ExperimentalWarning',
  '--v8-pool-size=1',
  '--max-semi-space-size=1',
  '--max-old-space-size=128',
];
/** To begin takes half a second of a processor, which agents and services need first. */
const NICENESS = 5;
const LIMITED = `ulimit -c 0; echo 900 > /proc/self/oom_score_adj; exec nice -n ${NICENESS} "$0" "$@"`;
const WATCH_MS = 100;
const CLOSE_MS = 5_000;
const LAST_WORDS = 2_000;

export function startStoreChild(
  { folder, emptyFolder, mostBytes, querySeconds }: StoreChildOptions,
  database: DatabaseName,
  onReply: (head: ReplyHead, body: Buffer) => void,
): StoreChild {
  const args = [...NODE, CHILD, folder, database, String(querySeconds)];
  const child = spawn('/bin/sh', ['-c', LIMITED, process.execPath, ...args], {
    cwd: emptyFolder,
    env: { SURREAL_FILE_ALLOWLIST: emptyFolder, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '' },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const socket = child.stdio[3] as Socket;
  let words = '';
  let why: string | null = null;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-LAST_WORDS);
  });
  const kill = (reason: string) => {
    why ??= reason;
    child.kill('SIGKILL');
  };
  const watching = setInterval(() => {
    const bytes = ownBytesOf(child.pid);
    if (bytes > mostBytes) kill(`it took more than ${Math.round(mostBytes / 1024 / 1024)} MiB of memory`);
  }, WATCH_MS);
  watching.unref();
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(wordsOf(error)));
    child.once('exit', (code, signal) => resolve(why ?? signal ?? `exit code ${code}`));
  }).finally(() => clearInterval(watching));
  socket.on('error', () => kill('its connection broke'));
  const opened = new Promise<void>((resolve, reject) => {
    onFrames(socket, (head, body) => {
      if (head.type === 'opened') resolve();
      else if (head.type === 'reply') onReply(head, body);
    });
    void ended.then((reason) => reject(new Error(`the database process did not start (${reason}): ${words.trim()}`)));
  });
  opened.catch(() => {}); // who waits for it hears of it
  return {
    opened,
    ended,
    send: (head, body) => sendFrame(socket, head, body),
    close() {
      socket.end();
      const late = setTimeout(() => kill('it did not close'), CLOSE_MS);
      void ended.finally(() => clearTimeout(late));
    },
    kill,
  };
}

/** Resident and its own: pages of files are shared with its siblings. 0 for one that is gone. */
function ownBytesOf(pid: number | undefined): number {
  try {
    const [, resident = '0', shared = '0'] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
    return (Number(resident) - Number(shared)) * 4096;
  } catch {
    return 0;
  }
}
