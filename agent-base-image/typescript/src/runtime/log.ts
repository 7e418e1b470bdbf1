/** The agent's log: one JSON object a line on stdout, with agent and instance, and without its secrets. */
import type { JsonObject, Log } from '../agent-host.ts';
import { isSensitiveKey } from './own-secrets.ts';
import { spellingsOf } from './spellings.ts';

export interface AgentLog extends Log {
  /** From now on these values are blanked out wherever they show. */
  redact(secrets: readonly string[]): void;
  /** A text of the agent's own without them, for what is told of it elsewhere. */
  hide(text: string): string;
}

interface LogOptions {
  /** In every line, for example agent and instance. */
  about: JsonObject;
  timestamp: () => string;
  write?: (line: string) => void;
}

const LONGEST_TEXT = 8192;
const MASK = '***';

export function createLog({ about, timestamp, write = toStdout }: LogOptions): AgentLog {
  let hidden: readonly string[] = [];
  const hide = (text: string) => hidden.reduce((shown, spelling) => shown.replaceAll(spelling, MASK), text);
  const at =
    (level: string) =>
    (message: string, fields: JsonObject = {}) => {
      const line = toLine({ at: timestamp(), level, message, ...about, ...fields }, hide);
      write(`${hide(line)}\n`); // names of fields, too
    };
  return {
    debug: () => {},
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    hide,
    redact: (secrets) => {
      hidden = secrets.flatMap(spellingsOf).sort((a, b) => b.length - a.length);
    },
  };
}

function toLine(entry: JsonObject, hide: (text: string) => string): string {
  try {
    return JSON.stringify(entry, (key, value) => plain(key, value, hide));
  } catch {
    return JSON.stringify({ at: entry.at, level: entry.level, message: hide(String(entry.message)) }); // circular fields
  }
}

/** Secrets go before a long text is cut: half of one must not stay at its end. */
function plain(key: string, value: unknown, hide: (text: string) => string): unknown {
  if (value instanceof Error) return { ...value, name: value.name, message: value.message, stack: value.stack };
  if (typeof value === 'bigint') return String(value);
  if (isSensitiveKey(key) && (typeof value === 'string' || typeof value === 'number')) return MASK;
  if (typeof value !== 'string') return value;
  const shown = hide(value);
  return shown.length > LONGEST_TEXT ? `${shown.slice(0, LONGEST_TEXT)}…` : shown;
}

function toStdout(line: string): void {
  process.stdout.write(line);
}
