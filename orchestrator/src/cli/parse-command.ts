/** The command line as a value: which command, with what; or what is wrong with it, and what was probably meant. */
import { parseArgs } from 'node:util';
import { didYouMean } from '../bundle/manifest/suggest.ts';
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
    args: spec.takesText ? textMarked(argv, known) : [...argv],
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

type Options = Readonly<Record<string, OptionSpec>>;

/** The command line with `--` before all that is text. Node itself takes `-5` for an option and `-hello` for five. */
function textMarked(argv: readonly string[], known: Options): string[] {
  const [options, text]: [string[], string[]] = [[], []];
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--') {
      text.push(...argv.slice(index + 1));
      break;
    }
    if (!isOption(word, { known, isFirst: text.length === 0 })) text.push(word);
    else {
      options.push(word);
      if (!takesValue(word, known)) continue;
      const value = argv[++index];
      if (value === undefined) return options; // it is said that this one needs a value
      options.push(value);
    }
  }
  return [...options, '--', ...text];
}

/** A long one that looks misspelt is one, so that its author is told; before the first word all are. */
function isOption(word: string, { known, isFirst }: { known: Options; isFirst: boolean }): boolean {
  const name = /^--([^=]+)/.exec(word)?.[1];
  if (name !== undefined) return isFirst || Object.hasOwn(known, name) || didYouMean(name, Object.keys(known)) !== null;
  if (!/^-[a-z]/i.test(word)) return false;
  return isFirst || Object.values(known).some(({ short }) => word === `-${short}`);
}

const takesValue = (word: string, known: Options) =>
  Object.entries(known).some(
    ([name, { value, short }]) => value !== undefined && (word === `--${name}` || word === `-${short}`),
  );

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
