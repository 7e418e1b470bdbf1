/**
 * requirements.txt as pip 23 reads it, so that what is checked is what is installed: each line is a package from an
 * index, or an option that is known to be harmless, or refused. Pure.
 */
import { linesToGrant } from '../../domain/grants.ts';
import { readText } from '../../domain/text/read-text.ts';
import { type BuildGrant, type Complaint, isGrantedHost, quoted, sourceFault } from './package-sources.ts';

export interface Requirements {
  /** There is anything to install. */
  asks: boolean;
  /** pip is in hash mode. */
  hasHashes: boolean;
  complaints: Complaint[];
}

interface LogicalLine {
  /** The first line of the file that is part of it. */
  line: number;
  text: string;
}

/** What Python takes for the end of a line and we would not. */
const OTHER_BREAKS = ['\0', '\v', '\f', '\x1c', '\x1d', '\x1e', '\x85', '\u2028', '\u2029'];
/** pip reads the file in the encoding that a comment of its first two lines names. */
const CODING = /coding[:=]\s*([-\w.]+)/;

export function readRequirements(bytes: Uint8Array, grant: BuildGrant): Requirements {
  const lines = decode(bytes);
  if (!Array.isArray(lines)) return { asks: true, hasHashes: false, complaints: [lines] };
  const result: Requirements = { asks: false, hasHashes: false, complaints: [] };
  for (const { line, text } of joined(lines)) {
    const read = readLine(text, grant);
    result.asks ||= read.asks;
    result.hasHashes ||= read.hasHash;
    for (const message of read.faults) result.complaints.push({ line, column: 1, path: '', message });
  }
  return result;
}

/** @returns its lines, or why it cannot be read as pip would */
function decode(bytes: Uint8Array): string[] | Complaint {
  const reading = readText(bytes);
  if ('problem' in reading) return at(reading.line ?? 1, reading.problem);
  const lines = reading.text.split(/\r\n|\r|\n/);
  const odd = lines.findIndex((line) => OTHER_BREAKS.some((sign) => line.includes(sign)));
  if (odd !== -1) return at(odd + 1, 'expected text, found a control character');
  const other = lines
    .slice(0, 2)
    .findIndex((line) => line.startsWith('#') && !/^utf-?8$/i.test(CODING.exec(line)?.[1] ?? 'utf-8'));
  return other === -1 ? lines : at(other + 1, 'expected UTF-8 text, found a comment that names another encoding');
}

const at = (line: number, message: string): Complaint => ({ line, column: 1, path: '', message });

/** A comment starts a line or follows a space: `a#b` is none. */
function withoutComment(text: string): string {
  for (let found = text.indexOf('#'); found !== -1; found = text.indexOf('#', found + 1))
    if (found === 0 || /\s/.test(text[found - 1] ?? '')) return text.slice(0, found);
  return text;
}

/** Lines that end with a backslash go on in the next one; a comment line ends them. */
function joined(lines: readonly string[]): LogicalLine[] {
  const found: LogicalLine[] = [];
  let open: LogicalLine | null = null;
  for (const [index, raw] of lines.entries()) {
    const isComment = /^\s*#/.test(raw);
    const text = isComment ? ` ${raw}` : raw;
    open ??= { line: index + 1, text: '' };
    const goesOn = raw.endsWith('\\') && !isComment;
    open.text += goesOn ? withoutSlashes(raw) : text;
    if (goesOn) continue;
    found.push(open);
    open = null;
  }
  if (open) found.push(open);
  return found.map(({ line, text }) => ({ line, text: withoutComment(text).trim() })).filter(({ text }) => text !== '');
}

/** Of both ends, as pip does. */
function withoutSlashes(text: string): string {
  let [from, to] = [0, text.length];
  while (text[from] === '\\') from += 1;
  while (to > from && text[to - 1] === '\\') to -= 1;
  return text.slice(from, to);
}

interface LineReading {
  asks: boolean;
  hasHash: boolean;
  faults: string[];
}

const refusal = (message: string): LineReading => ({ asks: true, hasHash: false, faults: [message] });

function readLine(text: string, grant: BuildGrant): LineReading {
  if (text.length > MAX_LINE) return refusal(`expected a line of at most ${MAX_LINE} characters`);
  const variable = /\$\{[^}]*\}?/.exec(text);
  if (variable)
    return refusal(`expected plain text, found ${quoted(variable[0])}: no variables are there when it is installed`);
  const words = text.split(/\s+/);
  const first = words.findIndex((word) => word.startsWith('-'));
  const [requirement, options] = first === -1 ? [words, []] : [words.slice(0, first), words.slice(first)];
  const read = readOptions(options, requirement.length > 0 ? OF_A_PACKAGE : OF_THE_FILE, grant);
  const fault = requirement.length === 0 ? null : requirementFault(requirement.join(' '), grant);
  return { ...read, asks: true, faults: fault === null ? read.faults : [fault, ...read.faults] };
}

/** Hashes of all the wheels of one package fit. */
const MAX_LINE = 16_384;

const NAME = '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?';
const EXTRAS = String.raw`(?:\s*\[[A-Za-z0-9._,\s-]*\])?`;
const CLAUSE = String.raw`(?:===|==|~=|!=|<=|>=|<|>)\s*[A-Za-z0-9.*+!_-]+`;
const FROM_INDEX = new RegExp(`^${NAME}${EXTRAS}\\s*(?:\\(?\\s*${CLAUSE}(?:\\s*,\\s*${CLAUSE})*\\s*,?\\s*\\)?)?\\s*$`);
const FROM_URL = new RegExp(`^(?:${NAME}${EXTRAS}\\s*@\\s*)?((?:[A-Za-z][A-Za-z0-9.+-]*):.*)$`);

function requirementFault(text: string, grant: BuildGrant): string | null {
  const [what = '', marker = ''] = splitMarker(text);
  if (/[@\\]|:\/\//.test(marker)) return `expected a condition after ";", found ${quoted(marker)}`;
  const url = FROM_URL.exec(what)?.[1];
  if (url !== undefined) return sourceFault(grant, url.trim());
  if (/^hairem(?![\w.-])/i.test(what))
    return 'remove hairem: the image has it, and with a second copy there would be two BaseAgents';
  if (FROM_INDEX.test(what)) return null;
  if (/^[./~]|\/|\\/.test(what)) return elsewhere(what);
  return `expected the name of a package and versions, like "name==1.2", found ${quoted(what)}`;
}

/** Of a URL it must follow a space, since a URL may hold one itself. */
function splitMarker(text: string): [string, string] {
  const end = FROM_URL.test(text) ? text.search(/\s;/) : text.indexOf(';');
  return end === -1 ? [text, ''] : [text.slice(0, end).trim(), text.slice(end + 1)];
}

const elsewhere = (what: string) =>
  `expected packages, found ${quoted(what)}: no other file of the bundle is there when they are installed`;

type Rule = 'harmless' | 'hash' | 'source' | 'host' | 'compilers' | 'file';

/** By the whole name: what pip would take for an abbreviation is refused. */
const OF_THE_FILE: Readonly<Record<string, Rule>> = {
  '--pre': 'harmless',
  '--prefer-binary': 'harmless',
  '--require-hashes': 'hash',
  '-i': 'source',
  '--index-url': 'source',
  '--extra-index-url': 'source',
  '-f': 'source',
  '--find-links': 'source',
  '--trusted-host': 'host',
  '--no-binary': 'compilers',
  '--only-binary': 'compilers',
  '-r': 'file',
  '--requirement': 'file',
  '-c': 'file',
  '--constraint': 'file',
  '-e': 'file',
  '--editable': 'file',
};
const OF_A_PACKAGE: typeof OF_THE_FILE = {
  '--hash': 'hash',
  '--config-settings': 'compilers',
  '--global-option': 'compilers',
};
const WITHOUT_VALUE = new Set(['--pre', '--prefer-binary', '--require-hashes']);

function readOptions(
  words: readonly string[],
  known: typeof OF_THE_FILE,
  grant: BuildGrant,
): Omit<LineReading, 'asks'> {
  const read: Omit<LineReading, 'asks'> = { hasHash: false, faults: [] };
  for (let index = 0; index < words.length; index += 1) {
    const { name, value } = optionAt(words[index] ?? '');
    const rule = Object.hasOwn(known, name) ? known[name] : undefined;
    const isAlone = rule === undefined || WITHOUT_VALUE.has(name);
    if (!isAlone && value === null) index += 1;
    const argument = value ?? (isAlone ? '' : (words[index] ?? ''));
    const fault = optionFault({ name, rule, argument }, grant);
    if (fault !== null) read.faults.push(fault);
    else if (rule === 'hash') read.hasHash = true;
    // What follows an option that is not known may be its value or another option.
    if (rule === undefined) break;
  }
  return read;
}

/** `--name value`, `--name=value`, `-n value`, `-nvalue`. */
function optionAt(word: string): { name: string; value: string | null } {
  if (!word.startsWith('--')) return { name: word.slice(0, 2), value: word.length > 2 ? word.slice(2) : null };
  const end = word.indexOf('=');
  return end === -1 ? { name: word, value: null } : { name: word.slice(0, end), value: word.slice(end + 1) };
}

interface Option {
  name: string;
  rule: Rule | undefined;
  argument: string;
}

function optionFault({ name, rule, argument }: Option, grant: BuildGrant): string | null {
  if (/["'\\]/.test(argument)) return `expected plain text after ${name}, found a quote or a backslash`;
  switch (rule) {
    case 'harmless':
      return null;
    case 'hash':
      if (name === '--require-hashes' || /^(?:sha256|sha384|sha512):[0-9a-fA-F]{64,128}$/.test(argument)) return null;
      return `expected --hash=sha256:…, found ${quoted(argument)}`;
    case 'source':
      return sourceFault(grant, argument);
    case 'host':
      return isGrantedHost(grant, argument) ? null : `${quoted(argument)} is no host that was granted; remove ${name}`;
    case 'file':
      return elsewhere(`${name} ${argument}`);
    case 'compilers':
      if (grant.build.compilers) return null;
      return `${name} asks for packages to be built from source: remove it, or ${linesToGrant(grant.agent, 'build', '{compilers: true}')}`;
    case undefined:
      return `expected packages, found the option ${quoted(name)}, which is not for a bundle`;
  }
}
