/** Which Node is safe to run: older ones have holes that are known. Pure. */

/** Of Node 24 the first without CVE-2026-111497. Raised with each security release that matters here. */
export const NODE_FLOOR = '24.22.1';

/** @param version as Node says it, with or without a `v` */
export function isBelowFloor(version: string, floor = NODE_FLOOR): boolean {
  const [have, need] = [numbersOf(version), numbersOf(floor)];
  const at = need.findIndex((part, index) => part !== have[index]);
  return at !== -1 && (have[at] ?? 0) < (need[at] ?? 0);
}

const numbersOf = (version: string): number[] => version.replace(/^v/, '').split('.').map(Number);
