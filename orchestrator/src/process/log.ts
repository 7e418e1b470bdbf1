/** The process's own log: one JSON object a line on stdout, for `docker logs` and whatever collects them. */
import { LOG_LEVELS, type Log, type LogLevel } from '../domain/ports/log.ts';

interface LogOptions {
  level: LogLevel;
  /** Wall clock, RFC 3339. */
  timestamp?: () => string;
  write?: (line: string) => void;
  /** Takes secrets out of a text. */
  redact?: (text: string) => string;
}

const LONGEST_TEXT = 8192;
const silent: Log['info'] = () => {};

export function createLog({ level, timestamp = wallClock, write = toStdout, redact = asItIs }: LogOptions): Log {
  const at = (own: LogLevel): Log['info'] => {
    if (LOG_LEVELS.indexOf(own) < LOG_LEVELS.indexOf(level)) return silent;
    return (message, fields) => write(lineOf({ at: timestamp(), level: own, message, ...fields }, redact));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

const asItIs = (text: string) => text;

/** Each text by itself, before it is cut: half a secret must not stay at the end, and the line stays JSON. */
function lineOf(entry: object, redact: (text: string) => string): string {
  const seen = new WeakSet<object>();
  const plain = (key: string, value: unknown): unknown => {
    if (typeof value === 'bigint') return String(value);
    if (typeof value === 'string') return shortened(key === 'at' || key === 'level' ? value : redact(value));
    if (typeof value !== 'object' || value === null) return value;
    if (seen.has(value)) return '[seen above]';
    seen.add(value);
    return value instanceof Error ? describeError(value) : value;
  };
  try {
    return `${JSON.stringify(entry, plain)}\n`;
  } catch {
    return lineOf(withoutFields(entry), redact); // nested too deeply, or a `toJSON` that throws
  }
}

/** A line is written in any case: what was to be said is worth more than its fields. */
function withoutFields(entry: object): object {
  const { at, level, message } = entry as Record<string, unknown>;
  return { at, level, message: String(message), fields: 'could not be written' };
}

const shortened = (text: string) => (text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text);

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
