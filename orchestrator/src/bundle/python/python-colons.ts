/** Lines of Python that begin a block and forget its colon. Pure. */
import type { PythonFault, PythonLine } from './python-lines.ts';

const BEGINS = /^(?:async\s+)?(?:def|class|if|elif|else|for|while|with|try|except|finally)\b/;

export function colonFaults(lines: readonly PythonLine[]): PythonFault[] {
  return lines.flatMap(({ line, column, code }) => {
    if (!BEGINS.test(code.trimStart()) || hasColon(code)) return [];
    return [{ line, column, message: "expected ':' at its end" }];
  });
}

/** Outside of brackets: those in them are of slices and mappings. */
function hasColon(code: string): boolean {
  let depth = 0;
  for (const sign of code) {
    if ('([{'.includes(sign)) depth += 1;
    else if (')]}'.includes(sign)) depth -= 1;
    else if (sign === ':' && depth === 0) return true;
  }
  return false;
}
