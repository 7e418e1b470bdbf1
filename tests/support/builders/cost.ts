/**
 * What a piece of work costs beside another in the same run, in time of the processor: a limit by the clock says more of
 * what else the machine does than of the code.
 */
import assert from 'node:assert/strict';

/** Of this process with all of its threads, in milliseconds. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** @returns milliseconds of the cheapest of three runs */
export async function costOf(run: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < 3; n += 1) {
    const began = processorMs();
    await run();
    times.push(processorMs() - began);
  }
  return Math.min(...times);
}

/** Four times the text may cost four times as much; what begins anew at each sign costs sixteen times. */
export async function assertLinear(run: (size: number) => unknown, size: number): Promise<void> {
  let [small, large] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  // In turns, so that what else the machine does meets both alike.
  for (let turn = 0; turn < 3; turn += 1) {
    small = Math.min(small, await costOf(() => run(size)));
    large = Math.min(large, await costOf(() => run(4 * size)));
  }
  assert.ok(large <= 10 * Math.max(small, 2), `${small} ms for ${size}, ${large} ms for ${4 * size}`);
}
