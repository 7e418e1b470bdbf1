/**
 * The root files that mean something by their name: what makes a folder a bundle, which of them are whole, and which
 * name a misspelt one was meant to have. Pure.
 */
import type { Problem } from '../../domain/desired.ts';
import { LOGIC_FILES } from '../code/check-logic.ts';
import { DEPENDENCY_FILES } from '../dependencies/dependency-files.ts';
import { PERSONA_FILE } from '../manifest/read-persona.ts';
import { didYouMean } from '../manifest/suggest.ts';
import type { WalkedFolder } from './walked.ts';

export const MANIFEST_FILES = ['manifest.yaml', 'expert.yaml'] as const;

/** By what they are to a bundle; one of each is enough. */
const PARTS = {
  manifest: MANIFEST_FILES,
  logic: LOGIC_FILES,
  persona: [PERSONA_FILE],
  packages: ['package.json'],
  requirements: DEPENDENCY_FILES.python,
} as const;

type Part = keyof typeof PARTS;

const IGNORE_FILE = '.hairemignore';
const SPECIAL: readonly string[] = [...Object.values(PARTS).flat(), 'package-lock.json', IGNORE_FILE, 'media'];
/** Names that are long enough to be guessed at through a slip of the fingers. */
const GUESSED = [...MANIFEST_FILES, PERSONA_FILE, 'requirements.txt', IGNORE_FILE];

/** @param names in the root of a folder, what tools leave taken out */
export function isBundle(names: readonly string[]): boolean {
  return names.some((name) => {
    const meant = SPECIAL.includes(name) ? name : (meantName(name) ?? '');
    return [...PARTS.manifest, ...PARTS.logic, ...PARTS.persona].some((one) => one === meant);
  });
}

/** The special name that this one was probably meant to be; null for one that is special, or like none. */
function meantName(name: string): string | null {
  if (SPECIAL.includes(name)) return null;
  const plain = plainName(name);
  return SPECIAL.find((special) => special === plain) ?? guess(plain);
}

export function isMeantAsManifest(name: string): boolean {
  const meant = meantName(name);
  return MANIFEST_FILES.some((one) => one === meant);
}

/** One warning for each root file that is not read because of its spelling, where nothing has the right one. */
export function misspelt(names: readonly string[]): Problem[] {
  return names.flatMap((name): Problem[] => {
    const meant = meantName(name);
    const isLogic = namedPart(meant ?? '') === 'logic';
    if (meant === null || names.some((other) => other === meant || (isLogic && namedPart(other) === 'logic')))
      return [];
    const message = `is not read under this name; did you mean "${meant}"?`;
    return [{ severity: 'warning', file: name, line: null, column: null, path: '', message }];
  });
}

/** What a bundle held when it was last valid. */
export interface Whole {
  parts: ReadonlySet<Part>;
  /** Paths of files without content: some are meant to be, as `__init__.py`. */
  empty: ReadonlySet<string>;
}

export const NOTHING: Whole = { parts: new Set(), empty: new Set() };

export function wholeOf(root: WalkedFolder): Whole {
  const parts = root.files.flatMap(({ name, size }) => (size > 0 ? (namedPart(name) ?? []) : []));
  return { parts: new Set(parts), empty: new Set(emptyFiles(root)) };
}

/**
 * Whether a bundle looks half-way: a part that it had is away, a file is empty that was not, or a new bundle has no
 * manifest yet or an empty file in a part's place. An editor that writes in two steps, a checkout, a slow copy and a
 * synchronisation look like that for a moment, and get longer.
 */
export function isHalfway(root: WalkedFolder, had: Whole): boolean {
  const { parts, empty } = wholeOf(root);
  if (had.parts.size > 0)
    return [...had.parts].some((part) => !parts.has(part)) || [...empty].some((path) => !had.empty.has(path));
  return !parts.has('manifest') || root.files.some(({ name, size }) => size === 0 && namedPart(name) !== null);
}

function* emptyFiles(folder: WalkedFolder): Generator<string> {
  for (const { path, size } of folder.files) if (size === 0) yield path;
  for (const child of folder.folders) yield* emptyFiles(child);
}

function namedPart(name: string): Part | null {
  for (const part of Object.keys(PARTS) as Part[]) {
    const names: readonly string[] = PARTS[part];
    if (names.includes(name)) return part;
  }
  return null;
}

/** Without what copying and saving add: `Manifest.YML`, `manifest.yaml.txt`, `manifest (1).yaml`, `manifest copy.yaml`. */
function plainName(name: string): string {
  return name
    .toLowerCase()
    .trim()
    .replace(/^(?!req)(.*\..+|manifest|expert|persona)\.txt$/, '$1')
    .replace(/(?: ?\(\d{1,3}\)| - copy| copy)(?=\.|$)/, '')
    .replace(/^copy of /, '')
    .replace(/\.yml$/, '.yaml')
    .replace(/^(logic)\.[mc]?([jt]s)x?$/, '$1.$2')
    .replace(/ (?=\.)/, '');
}

function guess(plain: string): string | null {
  if (/^(?:manifest|expert|persona)$/.test(plain)) return `${plain}.yaml`;
  if (!/\.(?:yaml|txt)$|ignore$/.test(plain)) return null;
  return didYouMean(plain, GUESSED);
}
