/** What a piece of work costs beside another in the same run: limits by the clock say more of the machine than of the code. */

/** @returns milliseconds of the quickest of three runs */
export async function costOf(run: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < 3; n += 1) {
    const began = performance.now();
    await run();
    times.push(performance.now() - began);
  }
  return Math.min(...times);
}
