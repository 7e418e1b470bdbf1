/** Asks the list of tool-files.ts: who left a name, and whether a pattern means one of its kind. Pure, linear in the name. */
import { MARKED_FOLDERS, TOOL_FILES, type ToolFiles } from './tool-files.ts';

interface Matcher {
  row: ToolFiles;
  /** What the name must begin and end with, in lower case; a quick no for nearly all. */
  first: string;
  last: string;
  matches(name: string, lower: string): boolean;
}

/** Names without a star, by the row they are in. */
const EXACT = new Map<string, ToolFiles>();
const EXACT_IN_ANY_CASE = new Map<string, ToolFiles>();
const MATCHERS: Matcher[] = [];
const BESIDE: { row: ToolFiles; shape: RegExp }[] = [];

for (const row of TOOL_FILES) {
  for (const name of row.names ?? []) {
    if (name.includes('*')) MATCHERS.push(globMatcher(name, row));
    else if (row.anyCase) EXACT_IN_ANY_CASE.set(name.toLowerCase(), row);
    else EXACT.set(name, row);
  }
  for (const shape of row.shapes ?? []) MATCHERS.push(shapeMatcher(shape, row));
  for (const shape of row.beside ?? []) BESIDE.push({ row, shape });
}

/**
 * @param isBeside whether a file of that name is in the same folder; left out where only the name is known
 * @returns null for what no tool is known to leave
 */
export function leftBy(name: string, isBeside: (other: string) => boolean = () => false): ToolFiles | null {
  const lower = name.toLowerCase();
  const exact = EXACT.get(name) ?? EXACT_IN_ANY_CASE.get(lower);
  if (exact) return exact;
  for (const { row, first, last, matches } of MATCHERS)
    if (lower.startsWith(first) && lower.endsWith(last) && matches(name, lower)) return row;
  for (const { row, shape } of BESIDE) {
    const other = shape.exec(name)?.[1];
    if (other !== undefined && isBeside(other)) return row;
  }
  return null;
}

/** What a segment of a pattern means, read as a name: `*.bak` backups, `*.b*` and `*` nothing. */
export function kindOf(segment: string): ToolFiles | null {
  return leftBy(segment, () => true);
}

/** Who made a folder that holds these names; null for one that is nobody's but the bundle's. */
export function folderLeftBy(names: readonly string[]): string | null {
  return MARKED_FOLDERS.find(({ holds }) => holds.some((name) => names.includes(name)))?.by ?? null;
}

function globMatcher(glob: string, row: ToolFiles): Matcher {
  const [first = '', ...rest] = (row.anyCase ? glob.toLowerCase() : glob).split('*');
  const last = rest.pop() ?? '';
  const matches: Matcher['matches'] = (name, lower) => {
    const text = row.anyCase ? lower : name;
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at + last.length <= text.length;
  };
  return { row, first: first.toLowerCase(), last: last.toLowerCase(), matches };
}

function shapeMatcher(shape: RegExp, row: ToolFiles): Matcher {
  const first = shape.source.startsWith('^\\.') ? '.' : '';
  return { row, first, last: '', matches: (name) => shape.test(name) };
}
