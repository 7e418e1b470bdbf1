/**
 * What a file of JavaScript takes from other files and gives to them, with the place of each: check-modules.ts compares
 * them with each other. It runs in the thread of code-checker-worker.ts, on text whose types are taken out already.
 */
import { type Program, parse } from 'acorn';
import type { Problem } from '../../domain/desired.ts';
import { builtinProblems } from './builtin-imports.ts';
import { type CommonJsUse, commonJsUses } from './common-js.ts';
import { declaredNames } from './declared-names.ts';
import { everyNode } from './syntax-tree.ts';

/** Both count from 1. */
export interface Place {
  line: number;
  column: number;
}

export interface ImportedName extends Place {
  name: string;
}

export interface ModuleImport extends Place {
  specifier: string;
  /** What it needs of the other file; `default` is a name like any other. */
  names: readonly ImportedName[];
  /** `with {type: 'json'}`. */
  isJson: boolean;
}

export interface ModuleOutline {
  /** `script`: it has no word of a module; what it gives to others cannot be told. */
  kind: 'module' | 'script';
  imports: readonly ModuleImport[];
  /** `import('…')`, which may stand where its failure is expected. */
  laterImports: readonly ModuleImport[];
  exports: ReadonlyMap<string, Place>;
  /** Specifiers of `export * from`. */
  stars: readonly string[];
  /** Names of types that went with the types. */
  types: readonly string[];
  commonJs: readonly CommonJsUse[];
  /** Of the text itself: it cannot be loaded. */
  problem: Problem | null;
}

export interface SourceText {
  path: string;
  /** JavaScript. */
  code: string;
  /** As it is in the bundle. */
  source: string;
}

/** @returns null where nothing can be said of it */
export function outlineModule({ path, code, source }: SourceText): ModuleOutline | null {
  const types = typeNames(source);
  const program = parsed(code, 'module');
  if ('body' in program) return outlineOf(program, { path, types });
  if (program.fault === null || 'body' in parsed(code, 'commonjs')) return null;
  return { ...NOTHING, types, problem: syntaxProblem(path, program.fault, types) };
}

const NOTHING = {
  kind: 'module',
  imports: [],
  laterImports: [],
  exports: new Map(),
  stars: [],
  commonJs: [],
} as const;

interface SyntaxFault extends Place {
  message: string;
}

function parsed(code: string, sourceType: 'module' | 'commonjs'): Program | { fault: SyntaxFault | null } {
  try {
    return parse(code, { ecmaVersion: 'latest', sourceType, locations: true });
  } catch (error) {
    // Nested too deeply for this parser, which says nothing of the one that loads it.
    if (!(error instanceof SyntaxError) || error.message.startsWith('Not enough stack')) return { fault: null };
    const { line, column } = placeOf('loc' in error ? error.loc : null);
    return { fault: { line, column, message: error.message.replace(/ \(\d+:\d+\)$/, '') } };
  }
}

function placeOf(loc: unknown): Place {
  const { line, column } = { line: 1, column: 0, ...(loc as Partial<Place> | null) };
  return { line, column: column + 1 };
}

function syntaxProblem(path: string, { message, line, column }: SyntaxFault, types: readonly string[]): Problem {
  const unknown = /^Export '(.+)' is not defined$/.exec(message)?.[1];
  const said =
    unknown !== undefined && types.includes(unknown)
      ? `${unknown} is a type: write export type { ${unknown} }`
      : message === "Unexpected character '@'"
        ? 'decorators are not part of JavaScript yet: Node cannot run them'
        : message;
  return { severity: 'error', file: path, line, column, path: '', message: said };
}

/** Of a file with more nothing is said. */
const MOST_NAMES = 2_000;

/** `interface X`, `type X =`: by the word before it, which is enough to choose the words of an error. */
function typeNames(source: string): string[] {
  const found = source.matchAll(/\b(?:interface|type)\s{1,20}([A-Za-z_$][\w$]{0,100})/g);
  return [...new Set(found.take(MOST_NAMES).map((match) => match[1] ?? ''))];
}

function outlineOf(program: Program, { path, types }: { path: string; types: string[] }): ModuleOutline | null {
  const imports: ModuleImport[] = [];
  const exports = new Map<string, Place>();
  const stars: string[] = [];
  for (const node of program.body) {
    switch (node.type) {
      case 'ImportDeclaration':
        imports.push(importOf(node, node.specifiers.flatMap(importedNames)));
        break;
      case 'ExportAllDeclaration':
        imports.push(importOf(node, []));
        if (node.exported === null || node.exported === undefined) stars.push(specifierOf(node.source));
        else exports.set(nameOf(node.exported), startOf(node));
        break;
      case 'ExportDefaultDeclaration':
        exports.set('default', startOf(node));
        break;
      case 'ExportNamedDeclaration':
        if (node.source) imports.push(importOf({ ...node, source: node.source }, node.specifiers.map(reexportedName)));
        for (const { exported } of node.specifiers) exports.set(nameOf(exported), startOf(node));
        for (const name of declaredNames(node.declaration)) exports.set(name, startOf(node));
        break;
    }
  }
  if (imports.length > MOST_NAMES || exports.size > MOST_NAMES) return null;
  const isModule = program.body.some(({ type }) => /^(?:Import|Export)/.test(type));
  const problem = imports.flatMap((one) => builtinProblems(one, path))[0] ?? null;
  return {
    kind: isModule ? 'module' : 'script',
    imports,
    laterImports: laterImports(program),
    exports,
    stars,
    types,
    commonJs: commonJsUses(program),
    problem,
  };
}

function laterImports(program: Program): ModuleImport[] {
  const found: ModuleImport[] = [];
  for (const { node } of everyNode(program)) {
    if (node.type !== 'ImportExpression' || node.source.type !== 'Literal') continue;
    if (found.length < MOST_NAMES)
      found.push({
        ...startOf(node.source),
        specifier: specifierOf(node.source),
        names: [],
        isJson: Boolean(node.options),
      });
  }
  return found;
}

type Located = { loc?: { start: { line: number; column: number } } | null };
const startOf = ({ loc }: Located): Place => placeOf(loc?.start ?? null);

type Named = { type: 'Identifier'; name: string } | { type: 'Literal'; value?: unknown };
const nameOf = (node: Named): string => (node.type === 'Identifier' ? node.name : String(node.value));

const specifierOf = (source: { value?: unknown }): string => String(source.value);

interface ImportNode extends Located {
  source: { value?: unknown } & Located;
  attributes?: readonly { key: Named; value: { value?: unknown } }[];
}

function importOf(node: ImportNode, names: readonly ImportedName[]) {
  const isJson = (node.attributes ?? []).some(({ key, value }) => nameOf(key) === 'type' && value.value === 'json');
  return { ...startOf(node.source), specifier: specifierOf(node.source), names, isJson };
}

type ImportSpecifierNode = Located & { type: string; imported?: Named };

/** None for `* as x`. */
function importedNames(node: ImportSpecifierNode): ImportedName[] {
  if (node.type === 'ImportNamespaceSpecifier') return [];
  return [{ ...startOf(node), name: node.imported ? nameOf(node.imported) : 'default' }];
}

const reexportedName = (node: Located & { local: Named }): ImportedName => ({
  ...startOf(node),
  name: nameOf(node.local),
});
