/** The agent's log: one JSON object a line on stdout, with agent and instance, and without its secrets. */
import type { JsonObject, Log } from '../agent-host.ts';

export interface AgentLog extends Log {
  /** From now on these values are blanked out wherever they show. */
  redact(secrets: readonly string[]): void;
}

interface LogOptions {
  /** In every line, for example agent and instance. */
  about: JsonObject;
  timestamp: () => string;
  write?: (line: string) => void;
}

const LONGEST_TEXT = 8192;
/** Shorter values would blank out ordinary words. */
const SHORTEST_SECRET = 6;

export function createLog({ about, timestamp, write = toStdout }: LogOptions): AgentLog {
  let hidden: readonly string[] = [];
  const at =
    (level: string) =>
    (message: string, fields: JsonObject = {}) => {
      const line = toLine({ at: timestamp(), level, message, ...about, ...fields });
      write(hidden.reduce((text, secret) => text.replaceAll(secret, '***'), line));
    };
  return {
    debug: () => {},
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    redact: (secrets) => {
      const long = secrets.filter((secret) => secret.length >= SHORTEST_SECRET);
      hidden = long.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
    },
  };
}

function toLine(entry: JsonObject): string {
  try {
    return `${JSON.stringify(entry, plain)}\n`;
  } catch {
    return `${JSON.stringify({ at: entry.at, level: entry.level, message: entry.message })}\n`; // circular fields
  }
}

function plain(_key: string, value: unknown): unknown {
  if (value instanceof Error) return { ...value, name: value.name, message: value.message, stack: value.stack };
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'string' && value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value;
}

function toStdout(line: string): void {
  process.stdout.write(line);
}
