/** Where in the bundle something was thrown, for a word to its author. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const LONGEST_STACK = 20_000;

/** @returns `logic.ts:3:5`, the innermost place; null where the stack names no file of the bundle's own */
export function placeIn(folder: string, error: Error): string | null {
  const roots = [pathToFileURL(join(folder, '/')).href, join(folder, '/')];
  for (const line of (error.stack ?? '').slice(0, LONGEST_STACK).split('\n')) {
    if (!/^ +at /.test(line)) continue;
    const root = roots.find((one) => line.includes(one));
    const place = root && /^(.+:\d+:\d+)\)?$/.exec(line.slice(line.indexOf(root) + root.length))?.[1];
    if (place && !place.includes('node_modules/')) return place;
  }
  return null;
}
