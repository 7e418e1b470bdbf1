/**
 * package.json and package-lock.json as far as they say where packages come from: an index, or refused. Everything
 * else of them is npm's. Pure.
 */
import { isObject } from '../manifest/json-value.ts';
import { type BuildGrant, type Complaint, quoted, sourceFault } from './package-sources.ts';

type Json = Record<string, unknown>;

const INSTALLED = ['dependencies', 'optionalDependencies', 'peerDependencies'];
const LISTED = [...INSTALLED, 'devDependencies'];

/** npm would take these from beside package.json, or write beside it. */
const NOT_FOR_A_BUNDLE = ['workspaces', 'bundleDependencies', 'bundledDependencies'];

const asksFor = (value: unknown) =>
  isObject(value) || Array.isArray(value) ? Object.keys(value).length > 0 : Boolean(value);

export function packageComplaints(json: Json, grant: BuildGrant): Complaint[] {
  const listed = LISTED.flatMap((section) => sectionComplaints(json[section], section, grant));
  const overrides = specsIn(json.overrides, 'overrides', 0).flatMap(([path, spec]) =>
    complain(path, specFault(spec, grant)),
  );
  const others = NOT_FOR_A_BUNDLE.filter((key) => asksFor(json[key])).map((key) =>
    at(key, `remove ${key}: no other file of the bundle is there when dependencies are installed`),
  );
  return [...listed, ...overrides, ...others];
}

function sectionComplaints(section: unknown, path: string, grant: BuildGrant): Complaint[] {
  if (section === undefined) return [];
  if (!isObject(section)) return [at(path, 'expected a mapping of names to versions')];
  return Object.entries(section).flatMap(([name, spec]) => {
    if (!isPackageName(name)) return [at(path, `expected the name of a package, found ${quoted(name)}`)];
    if (typeof spec !== 'string') return [at(`${path}.${name}`, 'expected a version')];
    return complain(`${path}.${name}`, specFault(spec, grant));
  });
}

const isPackageName = (name: string) =>
  /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-zA-Z0-9~-][\w.~-]{0,213}$/.test(name) && name !== 'node_modules';

const at = (path: string, message: string): Complaint => ({ line: null, column: null, path, message });
const complain = (path: string, fault: string | null) => (fault === null ? [] : [at(path, fault)]);

const DEEPEST = 20;

/** Values of overrides are specs, or mappings of the same; `$name` is that of a dependency, which is checked itself. */
function specsIn(value: unknown, path: string, depth: number): [string, string][] {
  if (value === undefined) return [];
  if (typeof value === 'string') return value.startsWith('$') ? [] : [[path, value]];
  if (!isObject(value) || depth > DEEPEST) return [[path, 'not-a-version:']];
  return Object.entries(value).flatMap(([name, inner]) => specsIn(inner, `${path}.${name}`, depth + 1));
}

/** Versions, ranges and tags of an index. */
const FROM_INDEX = /^[\w.*+\-^~<>=|\s]{0,200}$/;
const ALIAS = /^npm:((?:@[^/@\s]+\/)?[^/@\s]+)(?:@(.*))?$/;

/** As npm takes it apart: what is no range and no tag is a folder, an archive, an address or a repository. */
function specFault(spec: string, grant: BuildGrant): string | null {
  const alias = ALIAS.exec(spec);
  if (alias) {
    if (isPackageName(alias[1] ?? '') && FROM_INDEX.test(alias[2] ?? '')) return null;
    return `expected npm:name@version, found ${quoted(spec)}`;
  }
  if (/^(?:git\+)?https?:/i.test(spec)) return sourceFault(grant, spec);
  if (/^[./~](?!\d)|^\.|\.(?:tgz|tar|tar\.gz)$/i.test(spec) || /^(?:file|link|workspace|portal|patch):/i.test(spec))
    return `expected a version, found ${quoted(spec)}: no other file of the bundle is there when dependencies are installed`;
  if (FROM_INDEX.test(spec)) return null;
  return `expected a version from an index, found ${quoted(spec)}`;
}

/** `resolved` is where npm fetches from, whatever package.json says. */
export function lockComplaints(json: Json, grant: BuildGrant): Complaint[] {
  const version = json.lockfileVersion;
  if (version !== 2 && version !== 3)
    return [at('lockfileVersion', `expected 2 or 3, as npm 7 and newer write it, found ${quoted(String(version))}`)];
  if (!isObject(json.packages)) return [at('packages', 'expected a mapping')];
  return Object.entries(json.packages).flatMap(([path, entry]) =>
    path === '' ? rootComplaints(entry, grant) : entryComplaints(path, entry, grant),
  );
}

const MOST_NAMED = 5;

/**
 * Names of packages that run a script when they are installed, which is never done: what they compile or fetch there is
 * missing. Those that have it for each platform as a package of its own do not need theirs.
 *
 * @param json what a lock file says, without a complaint
 */
export function scriptWarning(json: Json): string | null {
  const packages = isObject(json.packages) ? Object.entries(json.packages) : [];
  const needing = packages.filter(([, entry]) => isObject(entry) && needsItsScript(entry));
  const names = [...new Set(needing.map(([path]) => path.split('node_modules/').at(-1) ?? ''))];
  if (names.length === 0) return null;
  const shown = names.slice(0, MOST_NAMED).map((name) => name.slice(0, 100));
  const more = names.length > shown.length ? ' and others' : '';
  const [verb, its] = names.length === 1 ? ['runs', 'its'] : ['run', 'their'];
  return `${shown.join(', ')}${more} ${verb} a script when installed, and no script of a package is run here: where it compiles or downloads ${its} files, they are missing; take packages that come with theirs`;
}

function needsItsScript({ hasInstallScript, dev, optional, optionalDependencies }: Json): boolean {
  return hasInstallScript === true && dev !== true && optional !== true && !asksFor(optionalDependencies);
}

const rootComplaints = (entry: unknown, grant: BuildGrant) =>
  isObject(entry) ? packageComplaints(entry, grant).map(inPackages('')) : [at('packages', 'expected a mapping')];
const inPackages = (path: string) => (complaint: Complaint) => ({
  ...complaint,
  path: `packages.${path}.${complaint.path}`,
});

const PUBLIC = 'https://registry.npmjs.org/';

function entryComplaints(path: string, entry: unknown, grant: BuildGrant): Complaint[] {
  const place = `packages.${path.slice(0, 200)}`;
  if (!isObject(entry)) return [at(place, 'expected a mapping')];
  const names = path.split(/(?:^|\/)node_modules\//);
  if (names[0] !== '' || names.slice(1).some((name) => !isPackageName(name)))
    return [at(place, 'expected a place in node_modules')];
  if (entry.link !== undefined && entry.link !== false)
    return [at(place, 'expected a package, found a link to a folder')];
  return complain(`${place}.resolved`, resolvedFault(entry, grant));
}

function resolvedFault({ resolved, inBundle, integrity }: Json, grant: BuildGrant): string | null {
  // Without one npm asks the index; in a bundle it came with another package.
  if (resolved === undefined || inBundle === true) return null;
  if (typeof resolved !== 'string') return 'expected an address';
  const isPublic = URL.canParse(resolved) && new URL(resolved).origin === new URL(PUBLIC).origin;
  if (isPublic && typeof integrity !== 'string')
    return 'expected "integrity" beside it: npm writes it into each lock file';
  return isPublic ? null : sourceFault(grant, resolved.replace(/#.*$/, ''));
}
