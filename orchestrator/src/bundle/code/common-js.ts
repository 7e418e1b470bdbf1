/** Where a file uses what only CommonJS has: in a module `require` and `__dirname` are names that nobody defined. Pure. */
import type { AnyNode, Program } from 'acorn';
import { everyNode } from './syntax-tree.ts';

export interface CommonJsUse {
  name: string;
  /** Both count from 1. */
  line: number;
  column: number;
  /** It runs when the file is loaded, and not first when a function is called. */
  atOnce: boolean;
}

const NAMES = new Set(['require', 'module', 'exports', '__dirname', '__filename']);
const MOST = 20;

/** One use of each name at most, the first; none of a name that the file defines, or asks for with `typeof`. */
export function commonJsUses(program: Program): CommonJsUse[] {
  const defined = new Set<string>();
  const uses = new Map<string, CommonJsUse>();
  for (const { node, parent, key, atOnce } of everyNode(program)) {
    if (node.type !== 'Identifier' || !NAMES.has(node.name)) continue;
    if (isDefinition(parent, key) || parent.type === 'UnaryExpression') defined.add(node.name);
    else if (isUse(node.name, { parent, key })) note(uses, node, atOnce);
  }
  return [...uses.values()].filter(({ name }) => !defined.has(name)).slice(0, MOST);
}

function note(uses: Map<string, CommonJsUse>, node: AnyNode & { name: string }, atOnce: boolean): void {
  const before = uses.get(node.name);
  if (before?.atOnce || (before && !atOnce)) return;
  const { line, column } = node.loc?.start ?? { line: 1, column: 0 };
  uses.set(node.name, { name: node.name, line, column: column + 1, atOnce });
}

/** Anything that binds a name, whatever its scope: of a name that is bound somewhere nothing is said. */
function isDefinition(parent: AnyNode, key: string): boolean {
  if (key === 'params' || key === 'local') return true;
  if (key === 'id' || key === 'param') return true;
  if (parent.type === 'Property') return key === 'value' && parent.kind === 'init' && parent.shorthand;
  return parent.type === 'ArrayPattern' || (parent.type === 'AssignmentPattern' && key === 'left');
}

function isUse(name: string, { parent, key }: { parent: AnyNode; key: string }): boolean {
  const isObject = parent.type === 'MemberExpression' && key === 'object';
  if (name === 'require') return isObject || (parent.type === 'CallExpression' && key === 'callee');
  if (name === 'module' || name === 'exports') return isObject;
  const isName =
    (parent.type === 'MemberExpression' && key === 'property' && !parent.computed) ||
    ((parent.type === 'Property' || parent.type === 'PropertyDefinition' || parent.type === 'MethodDefinition') &&
      key === 'key' &&
      !parent.computed);
  return !isName;
}
