/** The known key that a misspelt one was probably meant to be. */
import { distance } from 'fastest-levenshtein';

/** No known key is longer; a longer word is none of them. */
const LONGEST_WORD = 40;

/** @returns the nearest of `known` within two edits (one for short words), or null. */
export function didYouMean(word: string, known: readonly string[]): string | null {
  const plain = normalise(word);
  if (plain.length > LONGEST_WORD) return null;
  let best: { name: string; edits: number } | null = null;
  for (const name of known) {
    const edits = editsBetween(plain, normalise(name));
    if (best === null || edits < best.edits) best = { name, edits };
  }
  const allowed = plain.length <= 4 ? 1 : 2;
  return best !== null && best.edits <= allowed ? best.name : null;
}

/** Two letters that changed places are one slip of the fingers, not two. */
function editsBetween(left: string, right: string): number {
  const edits = distance(left, right);
  return edits === 2 && [...left].sort().join('') === [...right].sort().join('') ? 1 : edits;
}

/** Spelling variants of one key: `networkMode`, `network-mode`, `NETWORK_MODE`. */
export function normalise(key: string): string {
  return key.toLowerCase().replaceAll(/[-_ ]/g, '');
}
