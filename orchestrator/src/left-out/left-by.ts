/** Asks the list of tool-files.ts: who left a name, and whether a pattern means one of its kind. Pure, linear in the name. */
import { MARKED_FOLDERS, TOOL_FILES, type ToolFiles } from './tool-files.ts';

interface Matcher {
  row: ToolFiles;
  matches(name: string, lower: string): boolean;
}

/** Names without a star, by the row they are in. */
const EXACT = new Map<string, ToolFiles>();
const EXACT_IN_ANY_CASE = new Map<string, ToolFiles>();
const MATCHERS: Matcher[] = [];
const BESIDE: { row: ToolFiles; shape: RegExp }[] = [];

for (const row of TOOL_FILES) {
  for (const name of row.names ?? []) {
    if (name.includes('*')) MATCHERS.push({ row, matches: globMatcher(name, row) });
    else if (row.anyCase) EXACT_IN_ANY_CASE.set(name.toLowerCase(), row);
    else EXACT.set(name, row);
  }
  for (const shape of row.shapes ?? []) MATCHERS.push({ row, matches: (name) => shape.test(name) });
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
  for (const { row, matches } of MATCHERS) if (matches(name, lower)) return row;
  for (const { row, shape } of BESIDE) {
    const other = shape.exec(name)?.[1];
    if (other !== undefined && isBeside(other)) return row;
  }
  return null;
}

/** Whether a segment of a pattern, read as a name, is of this kind: `*.bak` means backups, `*.b*` and `*` do not. */
export function means(segment: string, row: ToolFiles): boolean {
  return leftBy(segment, () => true) === row;
}

/** Who made a folder that holds these names; null for one that is nobody's but the bundle's. */
export function folderLeftBy(names: readonly string[]): string | null {
  return MARKED_FOLDERS.find(({ holds }) => holds.some((name) => names.includes(name)))?.by ?? null;
}

function globMatcher(glob: string, { anyCase }: ToolFiles): Matcher['matches'] {
  const [first = '', ...rest] = (anyCase ? glob.toLowerCase() : glob).split('*');
  const last = rest.pop() ?? '';
  return (name, lower) => {
    const text = anyCase ? lower : name;
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at + last.length <= text.length;
  };
}
