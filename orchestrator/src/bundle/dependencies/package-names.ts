/** Which packages a bundle's code may import: what package.json names, and what its lock file puts beside them. Pure. */
import { readJson } from '../../domain/text/json-text.ts';
import { isObject } from '../manifest/json-value.ts';

/** `maybe`: another package may bring it along. */
export type Listed = 'yes' | 'no' | 'maybe';

export interface PackageNames {
  listed(name: string): Listed;
  /** It is there for the author alone: nothing of it is installed. */
  isForDevelopment(name: string): boolean;
  /** package.json says what a `.js` file is; null leaves it to the file. */
  type: 'module' | 'commonjs' | null;
  /** Its own name, by which it may import itself. */
  own: string | null;
}

const INSTALLED = ['dependencies', 'optionalDependencies', 'peerDependencies'];
/** The first that is there is obeyed, as npm does. */
export const NODE_LOCKS = ['npm-shrinkwrap.json', 'package-lock.json'] as const;
const DEEPEST = 100;

export function packageNames(contents: ReadonlyMap<string, Uint8Array>): PackageNames {
  const json = jsonOf(contents.get('package.json'));
  const named = new Set(INSTALLED.flatMap((section) => keysOf(json[section])));
  const lock = NODE_LOCKS.map((file) => contents.get(file)).find((bytes) => bytes !== undefined);
  const locked = named.size === 0 || lock === undefined ? null : keysOf(jsonOf(lock).packages);
  const development = new Set(keysOf(json.devDependencies));
  return {
    listed(name) {
      if (named.has(name)) return 'yes';
      if (named.size === 0) return 'no';
      if (locked === null || locked.length === 0) return 'maybe';
      return locked.includes(`node_modules/${name}`) ? 'yes' : 'no';
    },
    isForDevelopment: (name) => development.has(name),
    type: json.type === 'module' || json.type === 'commonjs' ? json.type : null,
    own: typeof json.name === 'string' ? json.name : null,
  };
}

function jsonOf(bytes: Uint8Array | undefined): Record<string, unknown> {
  const json = bytes === undefined ? null : readJson(new TextDecoder().decode(bytes), DEEPEST);
  return isObject(json) ? json : {};
}

const keysOf = (value: unknown): string[] => (isObject(value) ? Object.keys(value) : []);

/** `name` of `name/inside` and `@scope/name` of `@scope/name/inside`. */
export const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
