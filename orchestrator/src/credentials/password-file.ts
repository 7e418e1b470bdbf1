/**
 * The password of a user of the bus, read anew for each connection: while it is rotated there are two, and which of them
 * counts is Redis' to say.
 */
import { readFileSync } from 'node:fs';
import { nextOf } from './rotation-file.ts';

/** @returns the newest first; none where the file cannot be read. For a client that makes its connections itself. */
export function passwordsIn(path: string): () => readonly string[] {
  return () => [nextOf(path), path].map(readNow).filter((password) => password !== '');
}

function readNow(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
