/** Whether the lines of a Python file are indented as Python wants it: its tokenizer's own rules. Pure. */
import type { PythonFault, PythonLine } from './python-lines.ts';

interface Depth {
  /** Tabs go to the next multiple of 8. */
  columns: number;
  /** Tabs are one. Where the two disagree about an order Python gives up. */
  signs: number;
}

function depthOf(indent: string): Depth {
  let [columns, signs] = [0, 0];
  for (const sign of indent) {
    if (sign === '\f') [columns, signs] = [0, 0];
    else {
      columns = sign === '\t' ? columns - (columns % 8) + 8 : columns + 1;
      signs += 1;
    }
  }
  return { columns, signs };
}

const MIXED = 'tabs and spaces are mixed: indent with spaces alone';

/** @returns the first fault, or null */
export function blockFault(lines: readonly PythonLine[]): PythonFault | null {
  const open: Depth[] = [{ columns: 0, signs: 0 }];
  let opens = false;
  for (const { line, column, indent, code } of lines) {
    const message = stepFault(open, depthOf(indent), opens);
    if (message !== null) return { line, column, message };
    opens = code.endsWith(':');
  }
  const last = lines.at(-1);
  return opens && last
    ? { line: last.line, column: last.column, message: 'an indented block must follow this line' }
    : null;
}

function stepFault(open: Depth[], depth: Depth, opens: boolean): string | null {
  const around = open.at(-1) ?? depth;
  if (depth.columns === around.columns) {
    if (depth.signs !== around.signs) return MIXED;
    return opens ? 'expected an indented block' : null;
  }
  if (depth.columns > around.columns) {
    if (depth.signs <= around.signs) return MIXED;
    open.push(depth);
    return opens ? null : 'unexpected indent';
  }
  if (opens) return 'expected an indented block';
  while ((open.at(-1)?.columns ?? 0) > depth.columns) open.pop();
  const level = open.at(-1);
  if (level?.columns !== depth.columns) return 'its indent is that of no line above';
  return level.signs === depth.signs ? null : MIXED;
}
