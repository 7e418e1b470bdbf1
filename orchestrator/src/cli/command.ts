/** What a command is: how it is called, and what it is given. */

import type { Clock } from '../domain/ports/ports.ts';
import type { Config } from '../process/config.ts';

/** Documented in `hairem help`. */
export const EXIT = { ok: 0, failed: 1, usage: 2, notFound: 3, unreachable: 4, unauthorized: 5 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface Terminal {
  /** A line on stdout. */
  out(text: string): void;
  /** A line on stderr. */
  err(text: string): void;
  /** Columns; null where nobody watches. */
  width: number | null;
}

/** Where the CLI runs; tests give their own. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  terminal: Terminal;
  /** What comes on stdin; that of this process by default. */
  input?: AsyncIterable<Uint8Array>;
  /** That of this process by default. */
  nodeVersion?: string;
}

export interface Call {
  /** What stands beside the options. */
  words: readonly string[];
  options: Readonly<Record<string, string | true>>;
  json: boolean;
  config: Config;
  terminal: Terminal;
  clock: Clock;
  /** What comes on stdin. */
  input: AsyncIterable<Uint8Array>;
  /** Of this process, as it says it. */
  nodeVersion: string;
}

/** Errors are thrown as HairemError; `run-cli` says them and chooses the exit code. */
export type Command = (call: Call) => Promise<ExitCode>;

export interface OptionSpec {
  /** Name of the value; an option without one is a flag. */
  value?: string;
  short?: string;
  help: string;
}

export interface CommandSpec {
  name: string;
  /** As the usage line shows it, for example `<agent> <text…>`. */
  words: string;
  /** Behind the first word comes text: what begins with `-` there and is no option of the command is part of it. */
  takesText?: true;
  /** How many words it takes. */
  count: { min: number; max: number };
  summary: string;
  options: Readonly<Record<string, OptionSpec>>;
  load(): Promise<Command>;
}
