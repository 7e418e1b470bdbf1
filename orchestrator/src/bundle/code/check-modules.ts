/**
 * Whether the files of a bundle fit together: each import, from the logic file on, names a file that is there, what that
 * file gives, or a package that is installed. What dies at the start in V8's words is said here with its place. Pure.
 */
import { isBuiltin } from 'node:module';
import type { Problem } from '../../domain/desired.ts';
import { type PackageNames, packageOf } from '../dependencies/package-names.ts';
import { didYouMean } from '../manifest/suggest.ts';
import type { ImportedName, ModuleImport, ModuleOutline, Place } from './module-outline.ts';
import { fileFault, resolved } from './resolve-module.ts';

export interface BundleModules {
  /** `logic.ts` or `logic.js`. */
  logic: string;
  /** Of what could be read of them, by path. */
  outlines: ReadonlyMap<string, ModuleOutline>;
  /** Every file of the code, by path. */
  files: ReadonlySet<string>;
  packages: PackageNames;
  /** Nothing is known against its class Agent yet. */
  expectsAgent: boolean;
}

/** What `@hairem/agent` has when it runs; everything else of it are types. */
export const SDK_VALUES = ['BaseAgent', 'SendError', 'ServiceError'];
const SDK = '@hairem/agent';

export function checkModules(bundle: BundleModules): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  const open = [bundle.logic];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const outline = bundle.outlines.get(path);
    if (seen.has(path) || outline === undefined) continue;
    seen.add(path);
    problems.push(...checkOne({ path, outline }, bundle));
    if (!isModule(path, bundle)) continue;
    for (const { specifier } of outline.imports) {
      const target = resolved(path, specifier);
      if (target !== null) open.push(target);
    }
  }
  return problems;
}

interface OneFile {
  path: string;
  outline: ModuleOutline;
}

function checkOne({ path, outline }: OneFile, bundle: BundleModules): Problem[] {
  const at = (place: Place, message: string, severity: Problem['severity'] = 'error'): Problem => ({
    ...{ severity, file: path, line: place.line, column: place.column, path: '', message },
  });
  const own = outline.problem === null ? [] : [outline.problem];
  if (!isModule(path, bundle)) return own;
  const imports = outline.imports.flatMap((one) =>
    importFaults(path, one, bundle).map((fault) => at(fault, ...said(fault))),
  );
  const later = outline.laterImports.flatMap((one) =>
    importFaults(path, one, bundle).map((fault) => at(fault, fault.message, 'warning')),
  );
  const commonJs = outline.commonJs.map((use) => at(use, INSTEAD[use.name] ?? '', use.atOnce ? 'error' : 'warning'));
  const agent = path === bundle.logic && own.length === 0 ? agentFault(outline, bundle) : null;
  return [...own, ...imports, ...later, ...commonJs, ...(agent === null ? [] : [at(agent, agent.message)])];
}

const said = ({ message, isUnsure }: Fault): [string, Problem['severity']] => [message, isUnsure ? 'warning' : 'error'];

/** As Node decides it; the orchestrator hands TypeScript to it as modules. */
function isModule(path: string, { outlines, files, packages }: BundleModules): boolean {
  if (/\.(?:ts|mts|mjs)$/.test(path)) return true;
  const folders = path.split('/').slice(0, -1);
  const hasOwnType = folders.some((_, index) => files.has(`${folders.slice(0, index + 1).join('/')}/package.json`));
  if (!path.endsWith('.js') || hasOwnType || packages.type === 'commonjs') return false;
  return packages.type === 'module' || outlines.get(path)?.kind === 'module';
}

const INSTEAD: Readonly<Record<string, string>> = {
  require: "require is not there in a module: write import … from '…'",
  module: 'module is not there in a module: write export class …, export const …',
  exports: 'exports is not there in a module: write export class …, export const …',
  __dirname: '__dirname is not there in a module: write import.meta.dirname',
  __filename: '__filename is not there in a module: write import.meta.filename',
};

interface Fault extends Place {
  message: string;
  /** It may be there after all. */
  isUnsure?: boolean;
}

function importFaults(path: string, one: ModuleImport, bundle: BundleModules): Fault[] {
  const { specifier, names } = one;
  const alone = (message: string | null, more = {}): Fault[] =>
    message === null ? [] : [{ line: one.line, column: one.column, message, ...more }];
  if (/^https?:/.test(specifier)) return alone('Node imports nothing from the network: take it from a package');
  if (/^\.{1,2}(?:\/|$)/.test(specifier)) {
    const fault = fileFault(path, one, bundle.files);
    const target = resolved(path, specifier);
    return fault === null && target !== null ? namesFaults(names, specifier, target, bundle) : alone(fault);
  }
  if (specifier === SDK) return names.flatMap(sdkFault);
  if (specifier.startsWith(`${SDK}/`)) return alone(`${SDK} has no parts of their own: import from '${SDK}'`);
  if (/^(?:[/#]|[a-z]+:)/.test(specifier) || isBuiltin(specifier)) return [];
  return alone(packageFault(packageOf(specifier), bundle.packages), {
    isUnsure: bundle.packages.listed(packageOf(specifier)) === 'maybe',
  });
}

function packageFault(name: string, packages: PackageNames): string | null {
  if (/^(?:@?hairem(?:\/|$)|hairem-)/.test(name)) return `${name} is not there: the SDK is '${SDK}'`;
  if (packages.own === name || packages.listed(name) === 'yes') return null;
  if (packages.isForDevelopment(name))
    return `${name} is among the devDependencies of package.json, which are not installed: move it to the dependencies`;
  return `${name} is not among the dependencies of package.json: add it there`;
}

function sdkFault({ name, ...place }: ImportedName): Fault[] {
  if (SDK_VALUES.includes(name)) return [];
  if (name === 'default')
    return [{ ...place, message: `${SDK} has no default export: import { BaseAgent } from '${SDK}'` }];
  const meant = didYouMean(name, SDK_VALUES);
  const message =
    meant === null
      ? `${name} is nothing that ${SDK} has at run time; if it is a type: import type { ${name} } from '${SDK}'`
      : `${SDK} has no ${name}; did you mean ${meant}?`;
  return [{ ...place, message }];
}

function namesFaults(
  names: readonly ImportedName[],
  specifier: string,
  target: string,
  bundle: BundleModules,
): Fault[] {
  const given = exportsOf(target, bundle);
  if (given === null) return [];
  const types = bundle.outlines.get(target)?.types ?? [];
  return names
    .filter(({ name }) => !given.has(name))
    .map(({ name, ...place }) => ({ ...place, message: missing(name, { specifier, given, types }) }));
}

interface Given {
  specifier: string;
  given: ReadonlySet<string>;
  types: readonly string[];
}

function missing(name: string, { specifier, given, types }: Given): string {
  if (types.includes(name)) return `${name} is a type: write import type { ${name} } from '${specifier}'`;
  const meant = didYouMean(name, [...given]);
  const what = name === 'default' ? 'default export' : name;
  if (meant !== null) return `${specifier} exports no ${what}; did you mean ${meant}?`;
  return `${specifier} exports no ${what}; it exports ${[...given].slice(0, 10).join(', ') || 'nothing'}`;
}

/** @returns null where not all of it is known */
function exportsOf(path: string, bundle: BundleModules, seen = new Set<string>()): Set<string> | null {
  const outline = bundle.outlines.get(path);
  if (outline === undefined || outline.problem !== null || !isModule(path, bundle)) return null;
  if (seen.has(path)) return new Set();
  seen.add(path);
  const given = new Set(outline.exports.keys());
  for (const specifier of outline.stars) {
    const target = resolved(path, specifier);
    const more = target === null ? null : exportsOf(target, bundle, seen);
    if (more === null) return null;
    for (const name of more) if (name !== 'default') given.add(name);
  }
  return given;
}

function agentFault(outline: ModuleOutline, bundle: BundleModules): Fault | null {
  const given = exportsOf(bundle.logic, bundle);
  if (!bundle.expectsAgent || given === null || given.has('Agent')) return null;
  const place = outline.exports.get('default') ?? outline.exports.values().next().value ?? { line: 1, column: 1 };
  const found = given.has('default') ? 'export default' : [...given].slice(0, 10).join(', ') || 'nothing';
  return {
    ...place,
    message: `expected export class Agent extends BaseAgent, found ${found}: it is found by its name`,
  };
}
