/** Help texts, made from the table of commands. */
import type { CommandSpec, OptionSpec } from './command.ts';
import { COMMON_OPTIONS } from './parse-command.ts';

const EXIT_CODES = `Exit codes: 0 done; 1 failed, or not everything is as asked; 2 wrong use or configuration; 3 no such
agent or bundle; 4 the API does not answer; 5 the token is missing or wrong.`;

const SETTINGS = `Settings: HAIREM_API_URL (http://127.0.0.1:8000) is where the API is; HAIREM_TOKEN is its token, read
from HAIREM_DATA_DIR/token otherwise; HAIREM_AGENTS_DIR holds the bundles.`;

export function helpText(commands: readonly CommandSpec[]): string {
  const lines = commands.map((spec) => [`${spec.name} ${spec.words}`.trim(), spec.summary] as const);
  return [
    'hairem: a crew of home AI agents, each one a container of its own',
    '',
    ...columns(lines),
    '',
    EXIT_CODES,
    '',
    SETTINGS,
  ].join('\n');
}

export function usageText(spec: CommandSpec): string {
  const options = Object.entries({ ...spec.options, ...COMMON_OPTIONS }).map(
    ([name, option]) => [optionText(name, option), option.help] as const,
  );
  return [usageLine(spec), '', `  ${spec.summary}`, '', ...columns(options)].join('\n');
}

export function usageLine({ name, words, options }: CommandSpec): string {
  const flags = Object.keys(options).length === 0 ? '' : ' [options]';
  return `usage: hairem ${name}${flags}${words === '' ? '' : ` ${words}`}`;
}

function optionText(name: string, { short, value }: OptionSpec): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
