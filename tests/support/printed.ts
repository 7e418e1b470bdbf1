/** Waits for a line of a process: what it prints comes by another way than what it says on the bus, and may come later. */
import { eventually } from './eventually.ts';

export const printed = (process: { lines: readonly string[] }, words: RegExp): Promise<boolean> =>
  eventually(`it prints ${words}`, () => words.test(process.lines.join('\n')));
