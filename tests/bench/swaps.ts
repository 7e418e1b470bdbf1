/** What swaps cost and lose: one of eight agents is swapped, and its new version killed, under 1,000 messages a second. */
import { FAULTS } from '../support/agents/faults.ts';
import type { Installation } from '../support/installation/installation.ts';
import { type LoadReport, underLoad } from '../support/load/load.ts';
import { swapInARow } from '../support/load/lossless.ts';

const RATE = 1000;
export const SWAPPED = 'parrot-0';
export const AGENTS = Array.from({ length: 8 }, (_, n) => `parrot-${n}`);
/** The monitor window of the parrots. */
export const WINDOW_MS = 1000;

export interface SwapFigures {
  swaps: number;
  cutMs: number[];
  revertMs: number[];
  /** Of the swaps in a row, and of those whose new version was killed. */
  reports: [swapped: LoadReport, reverted: LoadReport];
}

export async function measureSwaps(
  installation: Installation,
  { swaps, reverts, note }: { swaps: number; reverts: number; note: (text: string) => void },
): Promise<SwapFigures> {
  const load = { agents: AGENTS, rate: RATE };
  const onSwap = (n: number) => {
    if (n % 25 === 0 || n === swaps) note(`under ${RATE} messages/s: swap ${n} of ${swaps}`);
  };
  const swapped = await underLoad(installation, load, () =>
    swapInARow(installation, { id: SWAPPED, count: swaps, onSwap }),
  );
  const reverted = await underLoad(installation, load, () => killInWindow(installation, reverts));
  note(`${reverts} times the new version was killed in its window`);
  return {
    swaps,
    cutMs: swapped.result.cutMs,
    revertMs: reverted.result,
    reports: [swapped.report, reverted.report],
  };
}

async function killInWindow(installation: Installation, count: number): Promise<number[]> {
  const revertMs: number[] = [];
  for (let n = 1; n <= count; n += 1) {
    const about = { installation, id: SWAPPED, mark: `killed ${n}`, windowMs: WINDOW_MS };
    const { update } = await FAULTS['new dies within the window'](about);
    if (update.revert_ms === null) throw new Error(`it was not reverted: ${JSON.stringify(update)}`);
    revertMs.push(update.revert_ms);
  }
  return revertMs;
}
