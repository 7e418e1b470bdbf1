/** The process's own log: one JSON object a line on stdout, for `docker logs` and whatever collects them. */
import { LOG_LEVELS, type Log, type LogLevel } from '../domain/log.ts';

interface LogOptions {
  level: LogLevel;
  /** Wall clock, RFC 3339. */
  timestamp?: () => string;
  write?: (line: string) => void;
}

const LONGEST_TEXT = 8192;
const silent: Log['info'] = () => {};

export function createLog({ level, timestamp = wallClock, write = toStdout }: LogOptions): Log {
  const at = (own: LogLevel): Log['info'] => {
    if (LOG_LEVELS.indexOf(own) < LOG_LEVELS.indexOf(level)) return silent;
    return (message, fields) => write(lineOf({ at: timestamp(), level: own, message, ...fields }));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function lineOf(entry: object): string {
  const seen = new WeakSet<object>();
  const plain = (_key: string, value: unknown): unknown => {
    if (typeof value === 'bigint') return String(value);
    if (typeof value === 'string') return value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value;
    if (typeof value !== 'object' || value === null) return value;
    if (seen.has(value)) return '[seen above]';
    seen.add(value);
    return value instanceof Error ? describeError(value) : value;
  };
  return `${JSON.stringify(entry, plain)}\n`;
}

/** Own enumerable fields (`code`, `log`, …) and what JSON.stringify leaves out of an Error. */
function describeError(error: Error): object {
  const { name, message, stack } = error;
  return { ...error, name, message, stack, ...(error.cause === undefined ? {} : { cause: error.cause }) };
}

function wallClock(): string {
  return new Date().toISOString();
}

function toStdout(line: string): void {
  process.stdout.write(line);
}
