/** Walks the syntax tree of a file. With a list of its own and no recursion: a file may be nested deeper than the stack. */
import type { AnyNode, Program } from 'acorn';

export interface Visit {
  node: AnyNode;
  parent: AnyNode;
  /** Where in its parent it stands. */
  key: string;
  /** It runs when the file is loaded, and not first when a function is called. */
  atOnce: boolean;
}

const LATER = /^(?:Function|ArrowFunction|PropertyDefinition|MethodDefinition)/;

export function* everyNode(program: Program): Generator<Visit> {
  const open: { node: AnyNode; atOnce: boolean }[] = [{ node: program, atOnce: true }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node: parent } = next;
    const atOnce = next.atOnce && !LATER.test(parent.type);
    for (const [key, value] of Object.entries(parent)) {
      for (const node of Array.isArray(value) ? value : [value]) {
        if (!isNode(node)) continue;
        yield { node, parent, key, atOnce };
        open.push({ node, atOnce });
      }
    }
  }
}

const isNode = (value: unknown): value is AnyNode =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
