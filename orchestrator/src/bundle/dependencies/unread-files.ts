/**
 * Files by which other tools are told what to install, and which nothing here reads: each is named once, with what is
 * read in its place, since an agent that lacks a package dies much later. Pure.
 */
import type { Problem } from '../../domain/desired.ts';
import { linesToGrant } from '../../domain/grants.ts';
import type { Runtime } from '../../domain/version.ts';
import type { WalkedFolder } from '../files/walked.ts';
import { NODE_LOCKS } from './package-names.ts';
import type { BuildGrant } from './package-sources.ts';

interface UnreadFile {
  name: RegExp;
  of: Runtime;
  /** How what is read is made from it. */
  how: string;
  /** It is named only where its text asks for packages. */
  asks?: RegExp;
}

/** What is read of each runtime. */
const READ: Readonly<Record<Runtime, string>> = { node: 'package.json', python: 'requirements.txt' };

const NPM_LOCK = '`npm install --package-lock-only` writes it from package.json';
const BY_HAND = 'write its packages there, one a line';

/** In the root of a bundle. */
const UNREAD_FILES: readonly UnreadFile[] = [
  { name: /^yarn\.lock$/, of: 'node', how: NPM_LOCK },
  { name: /^pnpm-lock\.yaml$/, of: 'node', how: NPM_LOCK },
  { name: /^pnpm-workspace\.yaml$/, of: 'node', how: 'what it says belongs into package.json' },
  { name: /^bun\.lockb?$/, of: 'node', how: NPM_LOCK },
  { name: /^deno\.lock$/, of: 'node', how: NPM_LOCK },
  { name: /^(?:deno\.jsonc?|jsr\.json|import_map\.json)$/, of: 'node', how: 'list what it imports there' },
  { name: /^package\.(?:json5|ya?ml)$/, of: 'node', how: 'write it as JSON' },
  {
    name: /^pyproject\.toml$/,
    of: 'python',
    how: '`uv pip compile pyproject.toml -o requirements.txt` writes it',
    asks: /^[ \t]{0,20}(?:dependencies[ \t]{0,20}=|\[tool\.poetry\.dependencies\])/m,
  },
  { name: /^poetry\.lock$/, of: 'python', how: '`poetry export -o requirements.txt` writes it' },
  { name: /^Pipfile(?:\.lock)?$/, of: 'python', how: '`pipenv requirements > requirements.txt` writes it' },
  { name: /^uv\.lock$/, of: 'python', how: '`uv export --no-emit-project -o requirements.txt` writes it' },
  { name: /^pdm\.lock$/, of: 'python', how: '`pdm export -o requirements.txt` writes it' },
  { name: /^pylock(?:\.[^.]+)?\.toml$/, of: 'python', how: BY_HAND },
  { name: /^(?:environment\.ya?ml|conda-lock\.yml)$/, of: 'python', how: BY_HAND },
  { name: /^setup\.py$/, of: 'python', how: BY_HAND },
  { name: /^setup\.cfg$/, of: 'python', how: BY_HAND, asks: /^[ \t]{0,20}install_requires\b/m },
];

/** Whose text says whether they ask for packages. */
export const ASKING_FILES: readonly string[] = ['pyproject.toml', 'setup.cfg'];

const isNodeLock = (name: string) => NODE_LOCKS.some((lock) => lock === name);

/** Settings of package managers: they may hold a token, which nobody wants in an image. At every level. */
const SETTINGS: ReadonlySet<string> = new Set([
  '.npmrc',
  '.yarnrc',
  '.yarnrc.yml',
  '.pnpmrc',
  'bunfig.toml',
  'pip.conf',
  'pip.ini',
  '.pypirc',
  'uv.toml',
  '.condarc',
  '.netrc',
  '_netrc',
  '.git-credentials',
]);

export const isPackageSettings = (name: string): boolean => SETTINGS.has(name);

export interface UnreadRequest {
  root: WalkedFolder;
  contents: ReadonlyMap<string, Uint8Array>;
  runtime: Runtime;
  grant: BuildGrant;
}

export function unreadProblems({ root, contents, runtime, grant }: UnreadRequest): Problem[] {
  const names = root.files.map(({ name }) => name);
  const listed = names.map((name) => [name, unreadMessage(name, { names, contents, runtime })] as const);
  const settings = settingsIn(root).map((path) => [path, settingsMessage(grant)] as const);
  return [...listed, ...settings].flatMap(([file, message]) => (message === null ? [] : [warning(file, message)]));
}

interface Root {
  names: readonly string[];
  contents: ReadonlyMap<string, Uint8Array>;
  runtime: Runtime;
}

function unreadMessage(name: string, { names, contents, runtime }: Root): string | null {
  const entry = UNREAD_FILES.find((one) => one.name.test(name));
  if (entry) return asks(name, entry.asks, contents) ? insteadOf(name, entry, { names, runtime }) : null;
  if (isNodeLock(name)) return lockMessage(name, names, runtime);
  if (name === 'requirements.txt' && runtime !== 'python')
    return asks(name, /^[ \t]{0,20}[^#\s]/m, contents) ? ofTheOther(name, runtime) : null;
  if (name === 'package.json' && runtime !== 'node')
    return asks(name, /"dependencies"\s{0,20}:\s{0,20}\{\s{0,20}"/, contents) ? ofTheOther(name, runtime) : null;
  if (runtime === 'python' && !names.includes('requirements.txt') && /^requirements?\b.*\.(?:txt|in)$/i.test(name))
    return `is not read; requirements.txt is: ${/\.in$/i.test(name) ? `\`pip-compile ${name}\` writes it` : 'call it so'}`;
  return null;
}

function insteadOf(name: string, entry: UnreadFile, { names, runtime }: Pick<Root, 'names' | 'runtime'>): string {
  if (entry.of !== runtime) return ofTheOther(name, runtime);
  const isLock = entry.how === NPM_LOCK;
  const read = isLock ? (NODE_LOCKS.find((lock) => names.includes(lock)) ?? 'package-lock.json') : READ[runtime];
  return names.includes(read) ? `is not read; ${read} is read instead` : `is not read; ${read} is: ${entry.how}`;
}

function lockMessage(name: string, names: readonly string[], runtime: Runtime): string | null {
  if (runtime !== 'node') return ofTheOther(name, runtime);
  if (!names.includes('package.json')) return 'is not read without package.json, which lists what is installed';
  const isSecond = name !== NODE_LOCKS[0] && names.includes(NODE_LOCKS[0]);
  return isSecond ? `is not read; ${NODE_LOCKS[0]} is read instead` : null;
}

const ofTheOther = (name: string, runtime: Runtime) =>
  `is not read: the agent runs on ${runtime === 'node' ? 'Node' : 'Python'}, and ${READ[runtime]} lists its packages${
    name === 'requirements.txt' ? '; logic.py, or "runtime: python" in the manifest, makes it run on Python' : ''
  }`;

function asks(name: string, pattern: RegExp | undefined, contents: UnreadRequest['contents']): boolean {
  const bytes = contents.get(name);
  return pattern === undefined || (bytes !== undefined && pattern.test(new TextDecoder().decode(bytes)));
}

function settingsIn(folder: WalkedFolder): string[] {
  const own = folder.files.filter(({ name }) => isPackageSettings(name)).map(({ path }) => path);
  return [...own, ...folder.folders.flatMap(settingsIn)];
}

const settingsMessage = ({ agent, build }: BuildGrant) =>
  'is neither read nor put into the image, since it may hold a token; packages come from the public index' +
  (build.sources.length > 0
    ? ' and from what deploy/grants.yaml gives'
    : `: for another one ${linesToGrant(agent, 'build', '{sources: ["https://…/"]}')}`);

const warning = (file: string, message: string): Problem => ({
  ...{ severity: 'warning', file, line: null, column: null, path: '', message },
});
