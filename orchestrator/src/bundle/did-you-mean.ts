/** The known key that a misspelt one was probably meant to be. */

/** @returns the nearest of `known` within two edits (one for short words), or null. */
export function didYouMean(word: string, known: readonly string[]): string | null {
  const plain = normalise(word);
  let best: { name: string; distance: number } | null = null;
  for (const name of known) {
    const distance = editDistance(plain, normalise(name));
    if (best === null || distance < best.distance) best = { name, distance };
  }
  const allowed = plain.length <= 4 ? 1 : 2;
  return best !== null && best.distance <= allowed ? best.name : null;
}

/** Spelling variants of one key: `networkMode`, `network-mode`, `NETWORK_MODE`. */
export function normalise(key: string): string {
  return key.toLowerCase().replaceAll(/[-_ ]/g, '');
}

/** Insertions, deletions, substitutions and swaps of neighbours. Words are cut at 40 characters. */
function editDistance(left: string, right: string): number {
  const [a, b] = [left.slice(0, 40), right.slice(0, 40)];
  const cell = new Map<number, number>();
  const at = (i: number, j: number) => cell.get(i * 64 + j) ?? 0;
  for (let i = 0; i <= a.length; i++) {
    for (let j = 0; j <= b.length; j++) {
      let cost = Math.max(i, j);
      if (i > 0 && j > 0) {
        const same = a[i - 1] === b[j - 1] ? 0 : 1;
        cost = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same);
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
          cost = Math.min(cost, at(i - 2, j - 2) + 1);
      }
      cell.set(i * 64 + j, cost);
    }
  }
  return at(a.length, b.length);
}
