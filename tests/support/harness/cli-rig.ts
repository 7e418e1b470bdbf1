/** Runs a command of the CLI in this process and keeps what it printed. */
import type { ExitCode, Terminal } from '../../../orchestrator/src/cli/command.ts';
import { runCli } from '../../../orchestrator/src/cli/run-cli.ts';
import type { Clock } from '../../../orchestrator/src/domain/ports/ports.ts';
import { NODE_FLOOR } from '../../../orchestrator/src/process/node-version.ts';
import { after } from '../builders/registry-events.ts';
import { TOKEN } from './api-rig.ts';

export interface CliRun {
  code: ExitCode;
  out: string;
  err: string;
}

interface Options {
  env?: Record<string, string>;
  width?: number;
  clock?: Clock;
  nodeVersion?: string;
  /** What comes on stdin. */
  input?: AsyncIterable<Uint8Array>;
  /** Called with each line of either kind. */
  onLine?: (line: string) => void;
}

/** A minute after noon, and no time passes: sleeps end in the next turn. */
const impatient: Clock = {
  now: () => 0,
  timestamp: () => after(60_000),
  sleep: () => new Promise((resolve) => setImmediate(resolve)),
};

async function* nothing(): AsyncIterable<Uint8Array> {}

/** Against the API at `url`, with the right token unless `env` says otherwise. */
export async function hairem(
  url: string,
  argv: readonly string[],
  {
    env = {},
    width,
    clock = impatient,
    nodeVersion = `v${NODE_FLOOR}`,
    input = nothing(),
    onLine = () => {},
  }: Options = {},
): Promise<CliRun> {
  const printed = { out: '', err: '' };
  const keep = (kind: 'out' | 'err') => (text: string) => {
    printed[kind] += `${text}\n`;
    onLine(text);
  };
  const terminal: Terminal = { out: keep('out'), err: keep('err'), width: width ?? null };
  const surroundings = {
    env: { HAIREM_API_URL: url, HAIREM_TOKEN: TOKEN, ...env },
    clock,
    terminal,
    input,
    nodeVersion,
  };
  const code = await runCli(argv, surroundings);
  return { code, ...printed };
}
