/** The process's own log: one JSON object a line on stdout, for `docker logs` and whatever collects them. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

type LogFields = Readonly<Record<string, unknown>>;
type Write = (message: string, fields?: LogFields) => void;
export type Log = Readonly<Record<LogLevel, Write>>;

interface LogOptions {
  level: LogLevel;
  /** Wall clock, RFC 3339. */
  timestamp?: () => string;
  write?: (line: string) => void;
}

const LONGEST_TEXT = 8192;
const silent: Write = () => {};

export function createLog({ level, timestamp = wallClock, write = toStdout }: LogOptions): Log {
  const at = (own: LogLevel): Write => {
    if (LOG_LEVELS.indexOf(own) < LOG_LEVELS.indexOf(level)) return silent;
    return (message, fields) => write(lineOf({ at: timestamp(), level: own, message, ...fields }));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function lineOf(entry: LogFields): string {
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
function describeError(error: Error): LogFields {
  const { name, message, stack } = error;
  return { ...error, name, message, stack, ...(error.cause === undefined ? {} : { cause: error.cause }) };
}

function wallClock(): string {
  return new Date().toISOString();
}

function toStdout(line: string): void {
  process.stdout.write(line);
}
