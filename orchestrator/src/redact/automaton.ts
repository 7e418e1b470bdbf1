/**
 * Finds any number of texts in one pass (Aho and Corasick): each unit of the input costs the same, however many texts
 * there are and whatever an agent prints. Pure; built once for a set of texts, read by many streams.
 */

export interface Automaton {
  /** The state behind `unit`; 0 is where every stream begins. */
  next(state: number, unit: number): number;
  /** Length of the longest text that ends in this state; 0 for none. */
  ends(state: number): number;
  /** How many units of input may still become a text. */
  depth(state: number): number;
}

const ROOT = 0;

/** A node's children are a list through `sibling`: nodes but the root have very few. */
interface Trie {
  unit: number[];
  child: number[];
  sibling: number[];
  depth: number[];
  ends: number[];
  fail: number[];
}

export function createAutomaton(texts: Iterable<string>): Automaton {
  const trie: Trie = { unit: [0], child: [0], sibling: [0], depth: [0], ends: [0], fail: [0] };
  const first = new Map<number, number>();
  for (const text of texts) insert(trie, first, text);
  link(trie, first);
  const { fail, ends, depth } = trie;
  return {
    next(state, unit) {
      let at = state;
      while (at !== ROOT) {
        const child = childOf(trie, at, unit);
        if (child !== ROOT) return child;
        at = fail[at] ?? ROOT;
      }
      return first.get(unit) ?? ROOT;
    },
    ends: (state) => ends[state] ?? 0,
    depth: (state) => depth[state] ?? 0,
  };
}

function insert(trie: Trie, first: Map<number, number>, text: string): void {
  let at = ROOT;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    const known = at === ROOT ? (first.get(unit) ?? ROOT) : childOf(trie, at, unit);
    at = known === ROOT ? addChild(trie, first, at, unit) : known;
  }
  if (at !== ROOT) trie.ends[at] = text.length;
}

function addChild(trie: Trie, first: Map<number, number>, parent: number, unit: number): number {
  const node = trie.unit.length;
  trie.unit.push(unit);
  trie.child.push(ROOT);
  trie.sibling.push(parent === ROOT ? ROOT : (trie.child[parent] ?? ROOT));
  trie.depth.push((trie.depth[parent] ?? 0) + 1);
  trie.ends.push(0);
  trie.fail.push(ROOT);
  if (parent === ROOT) first.set(unit, node);
  else trie.child[parent] = node;
  return node;
}

function childOf({ unit: units, child, sibling }: Trie, parent: number, unit: number): number {
  let at = child[parent] ?? ROOT;
  while (at !== ROOT && units[at] !== unit) at = sibling[at] ?? ROOT;
  return at;
}

/** Breadth first: each node learns the longest proper ending of its text that is a beginning of another. */
function link(trie: Trie, first: ReadonlyMap<number, number>): void {
  const queue = [...first.values()];
  for (let i = 0; i < queue.length; i += 1) {
    const node = queue[i] ?? ROOT;
    for (let child = trie.child[node] ?? ROOT; child !== ROOT; child = trie.sibling[child] ?? ROOT) {
      const unit = trie.unit[child] ?? 0;
      let at = trie.fail[node] ?? ROOT;
      while (at !== ROOT && childOf(trie, at, unit) === ROOT) at = trie.fail[at] ?? ROOT;
      const shorter = at === ROOT ? (first.get(unit) ?? ROOT) : childOf(trie, at, unit);
      trie.fail[child] = shorter;
      if (trie.ends[child] === 0) trie.ends[child] = trie.ends[shorter] ?? 0;
      queue.push(child);
    }
  }
}
