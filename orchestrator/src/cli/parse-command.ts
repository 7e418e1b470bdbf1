/** The command line as a value: which command, with what; or what is wrong with it, and what was probably meant. */
import { parseArgs } from 'node:util';
import { didYouMean } from '../bundle/did-you-mean.ts';
import type { CommandSpec, OptionSpec } from './command.ts';

export type Parsed =
  | { kind: 'command'; spec: CommandSpec; words: readonly string[]; options: Readonly<Record<string, string | true>> }
  | { kind: 'service'; name: string }
  /** `topic` is a command's name, or null for all. */
  | { kind: 'help'; topic: CommandSpec | null }
  | { kind: 'wrong'; message: string; spec: CommandSpec | null };

interface Known {
  commands: readonly CommandSpec[];
  services: readonly string[];
}

/** Every command understands these. */
export const COMMON_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  json: { help: 'print JSON for programs' },
  help: { short: 'h', help: 'explain the command' },
};

export function parseCommand(argv: readonly string[], known: Known): Parsed {
  const [first = 'help', ...rest] = argv;
  if (first === 'help' || first === '-h' || first === '--help') return parseHelp(rest, known);
  const name = first === '--version' ? 'version' : first;
  if (known.services.includes(name))
    return rest.length === 0 ? { kind: 'service', name } : wrong(`${name} takes no arguments`);
  const spec = known.commands.find((command) => command.name === name);
  if (spec === undefined) return unknownCommand(name, known);
  return parseCall(spec, rest);
}

function parseHelp([topic]: readonly string[], known: Known): Parsed {
  const name = topic?.replace(/^-.*/, '') ?? '';
  if (name === '' || name === 'help') return { kind: 'help', topic: null };
  const spec = known.commands.find((command) => command.name === name);
  return spec === undefined ? unknownCommand(name, known) : { kind: 'help', topic: spec };
}

function unknownCommand(name: string, { commands, services }: Known): Parsed {
  const meant = didYouMean(name, [...commands.map((command) => command.name), ...services, 'help']);
  return wrong(`there is no command "${name}"${suggestion(meant)}`);
}

function parseCall(spec: CommandSpec, argv: readonly string[]): Parsed {
  const known = { ...COMMON_OPTIONS, ...spec.options };
  const { tokens } = parseArgs({
    args: [...argv],
    options: forNode(known),
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const words: string[] = [];
  const options: Record<string, string | true> = {};
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const complaint = optionComplaint(known, token);
    if (complaint !== null) return wrong(complaint, spec);
    options[token.name] = token.value ?? true;
  }
  if (options.help !== undefined) return { kind: 'help', topic: spec };
  const complaint = countComplaint(spec, words);
  return complaint === null ? { kind: 'command', spec, words, options } : wrong(complaint, spec);
}

function forNode(known: Readonly<Record<string, OptionSpec>>) {
  return Object.fromEntries(
    Object.entries(known).map(([name, { value, short }]) => [
      name,
      {
        type: value === undefined ? ('boolean' as const) : ('string' as const),
        ...(short === undefined ? {} : { short }),
      },
    ]),
  );
}

function optionComplaint(
  known: Readonly<Record<string, OptionSpec>>,
  { name, rawName, value }: { name: string; rawName: string; value?: string | undefined },
): string | null {
  const spec = Object.hasOwn(known, name) ? known[name] : undefined;
  if (spec === undefined) {
    const meant = didYouMean(name, Object.keys(known));
    return `there is no option ${rawName}${suggestion(meant && `--${meant}`)}`;
  }
  if (spec.value === undefined) return value === undefined ? null : `${rawName} takes no value`;
  return value === undefined ? `${rawName} needs a value: ${rawName} ${spec.value}` : null;
}

function countComplaint({ name, words, count }: CommandSpec, given: readonly string[]): string | null {
  if (given.length < count.min) return `${name} needs ${words}`;
  if (given.length > count.max)
    return words === '' ? `${name} takes no arguments` : `${name} takes no more than ${words}`;
  return null;
}

function suggestion(meant: string | null): string {
  return meant === null || meant === '' ? '' : `; did you mean ${meant}?`;
}

function wrong(message: string, spec: CommandSpec | null = null): Parsed {
  return { kind: 'wrong', message, spec };
}
