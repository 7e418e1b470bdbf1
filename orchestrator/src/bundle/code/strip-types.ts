/**
 * TypeScript as the JavaScript that it becomes when its types are taken out, once, when a bundle is accepted: an agent
 * that had to do it itself would load a compiler for that, which costs 17 MiB and a third of its start-up. Positions
 * stay as they are, so that stack traces tell the truth.
 */
import { stripTypeScriptTypes } from 'node:module';
import type { Problem } from '../../domain/desired.ts';
import { readText } from '../../domain/text/read-text.ts';

/** The SDK's loader takes a file that ends with this as it is (agent-base-image, load-agent.ts). */
export const STRIPPED = '\n//# hairem: types stripped\n';

export const isTypeScript = (name: string) => /\.(ts|mts)$/.test(name) && !name.endsWith('.d.ts');

/**
 * Runs in the parser's thread: a hostile source breaks the stripper for good.
 * @returns the JavaScript, or what is wrong: enum, namespaces and parameter properties cannot be stripped
 */
export function stripTypes(path: string, source: Buffer): { code: Buffer } | { problem: Problem } {
  const reading = readText(source);
  if ('problem' in reading) {
    const { line, problem: message } = reading;
    return { problem: { severity: 'error', file: path, line, column: null, path: '', message } };
  }
  const { text } = reading;
  try {
    return { code: Buffer.from(stripTypeScriptTypes(text, { mode: 'strip' }) + STRIPPED) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { line, column } = placeOf(error.stack ?? '', text);
    const unsupported = 'code' in error && error.code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX';
    const message = unsupported ? `${error.message} (types are stripped, not compiled)` : error.message;
    return { problem: { severity: 'error', file: path, line, column, path: '', message } };
  }
}

/** Node marks what is on one line below it, in the first lines of the stack; what is longer begins its line. */
function placeOf(stack: string, source: string): Pick<Problem, 'line' | 'column'> {
  const [first = '', ...shown] = stack.split('\n', 8);
  const line = Number(/:(\d+)$/.exec(first.slice(-12))?.[1] ?? 0) || null;
  if (line === null) return { line, column: null };
  const text = source.split('\n', line)[line - 1] ?? '';
  const marks = shown.find((one, index) => /^ *\^+$/.test(one) && shown[index - 1] === text);
  return { line, column: marks === undefined ? text.search(/\S|$/) + 1 : marks.indexOf('^') + 1 };
}
