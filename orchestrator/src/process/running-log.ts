/** The log of what is running: one short line at each begin and end, in a file that outlives the process. */
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { CRASH_WINDOW_MS, type RunningLog } from '../domain/ports/running.ts';
import { parseJson } from '../domain/text/json-text.ts';

/** Written anew beyond that. */
const LARGEST_FILE_BYTES = 256 * 1024;
/** Keys whose deaths are remembered; the oldest are forgotten. */
const MOST_KNOWN = 1_000;
const CONDEMNED = 1_000_000;

interface Past {
  deaths: Map<string, number>;
  starts: number[];
  /** It did not end in order. */
  wasUp: boolean;
}

interface Options {
  /** Wall-clock milliseconds. */
  now?: () => number;
  /** How much one death of this process counts against each that ran, of so many at once. */
  weigh?: (company: number) => number;
}

/** No line is synced to the disk: the page cache outlives a process, and a power failure is no crash of it. */
export function openRunningLog(file: string, { now = Date.now, weigh = () => 1 }: Options = {}): RunningLog {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const past = pastIn(readIfThere(file), { now: now(), weigh });
  if (past.wasUp) past.starts.push(now());
  const running = new Set<string>();
  let size = 0;
  let descriptor = -1;
  let isUp = true;
  const rewrite = () => {
    const text = [
      ...(isUp ? [line('~', 'up')] : []),
      ...past.starts.map((at) => line('@', String(at))),
      ...[...past.deaths].map(([key, count]) => line('=', key, count)),
      ...[...running].map((key) => line('+', key)),
    ].join('');
    writeFileSync(`${file}.new`, text, { mode: 0o600 });
    renameSync(`${file}.new`, file);
    const next = openSync(file, 'a', 0o600);
    if (descriptor >= 0) closeSync(descriptor);
    descriptor = next;
    size = text.length;
  };
  /** A disk that is full costs what is known of a crash, never a call. */
  const append = (text: string) => {
    try {
      writeSync(descriptor, text);
      size += text.length;
      if (size > LARGEST_FILE_BYTES) rewrite();
    } catch {}
  };
  const setDeaths = (key: string, count: number) => {
    remember(past.deaths, key, count);
    append(line('=', key, count));
  };
  rewrite();
  return {
    deathsOf: (key) => past.deaths.get(key) ?? 0,
    begin(key) {
      running.add(key);
      append(line('+', key));
    },
    end(key) {
      if (running.delete(key)) append(line('-', key));
    },
    died(key) {
      running.delete(key);
      append(line('-', key));
      setDeaths(key, (past.deaths.get(key) ?? 0) + 1);
    },
    condemn(key) {
      running.delete(key);
      append(line('-', key));
      setDeaths(key, CONDEMNED);
    },
    crashes: () => past.starts.filter((at) => now() - at < CRASH_WINDOW_MS).length,
    suspects: () => [...past.deaths].sort(([, one], [, other]) => other - one).map(([key]) => key),
    close() {
      running.clear();
      past.starts.length = 0;
      isUp = false;
      rewrite();
      closeSync(descriptor);
    },
  };
}

const line = (kind: string, key: string, count = 0) => `${JSON.stringify([kind, key, count])}\n`;

/** A line that was cut off by the death itself is no line. */
function pastIn(text: string, { now, weigh }: Required<Pick<Options, 'weigh'>> & { now: number }): Past {
  const past: Past = { deaths: new Map(), starts: [], wasUp: false };
  const open = new Set<string>();
  for (const one of text.split('\n')) {
    const [kind, key, count] = parsed(one);
    if (kind === '~') past.wasUp = true;
    else if (kind === '+') open.add(key);
    else if (kind === '-') open.delete(key);
    else if (kind === '=') remember(past.deaths, key, count);
    else if (kind === '@' && now - Number(key) < CRASH_WINDOW_MS && Number(key) <= now) past.starts.push(Number(key));
  }
  for (const key of open) remember(past.deaths, key, (past.deaths.get(key) ?? 0) + weigh(open.size));
  return past;
}

function parsed(text: string): [string, string, number] {
  try {
    const [kind, key, count] = parseJson(text) as unknown[];
    return [String(kind), String(key), Number(count)];
  } catch {
    return ['', '', 0];
  }
}

function remember(deaths: Map<string, number>, key: string, count: number): void {
  deaths.delete(key);
  deaths.set(key, count);
  for (const oldest of deaths.keys()) if (deaths.size > MOST_KNOWN) deaths.delete(oldest);
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
