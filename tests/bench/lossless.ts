/** Swaps in a row and swaps with a death in each, under load: what was lost, and how long answers took meanwhile. */
import { manifest, parrot } from '../builders.ts';
import { type Installation, startInstallation } from '../rig/installation.ts';
import { faultRotation } from '../rig/load/fault-rotation.ts';
import type { Figures } from '../rig/load/ledger.ts';
import { addFigures } from '../rig/load/ledger.ts';
import { type LoadReport, underLoad } from '../rig/load/load.ts';
import { swapInARow } from '../rig/load/lossless.ts';
import { spread } from '../rig/load/spread.ts';
import { type Floor, prepareFloor } from './floor.ts';

export interface LosslessFigures {
  figures: Figures;
  achieved: number;
  swaps: number;
  faultSwaps: number;
  cutMs: number[];
  revertMs: number[];
  /** 99th percentiles of the swapped agent's answer times, milliseconds. */
  p99: { swapping: number | null; engineBusy: number | null };
}

export interface LosslessOptions {
  swaps: number;
  faultSwaps: number;
  note: (text: string) => void;
}

const RATE = 1000;
const WINDOW_SECONDS = 2;
const SWAPPED = 'parrot-0';
const AGENTS = Array.from({ length: 8 }, (_, n) => `parrot-${n}`);
/** How many unrelated containers are built and started for the comparison. */
const BUSY_ROUNDS = 8;

const now = () => performance.timeOrigin + performance.now();

export async function measureLossless(options: LosslessOptions): Promise<LosslessFigures> {
  const files = {
    ...parrot({ mark: 'v0' }),
    'manifest.yaml': manifest({ update: { monitor_seconds: WINDOW_SECONDS } }),
  };
  const installation = await startInstallation({
    agents: Object.fromEntries(AGENTS.map((id) => [id, files])),
    env: { HAIREM_BACKOFF_BASE_MS: '600000', HAIREM_LOG_LEVEL: 'info' },
  });
  try {
    await installation.untilActive(AGENTS, 240_000);
    return await measure(installation, options);
  } catch (error) {
    console.error(await installation.logs());
    throw error;
  } finally {
    await installation.stop();
  }
}

async function measure(
  installation: Installation,
  { swaps, faultSwaps, note }: LosslessOptions,
): Promise<LosslessFigures> {
  const row = await swapsUnderLoad(installation, swaps);
  note(`${swaps} swaps: ${JSON.stringify(lossesOf(row.report))}, ${row.report.achieved} messages/s`);
  const faults = await underLoad(installation, { agents: AGENTS, rate: RATE }, () =>
    faultRotation(installation, { id: SWAPPED, count: faultSwaps, windowMs: WINDOW_SECONDS * 1000, mark: `v${swaps}` }),
  );
  note(`${faultSwaps} swaps with a death: ${JSON.stringify(lossesOf(faults.report))}`);
  return {
    figures: addFigures([row.report, faults.report]),
    achieved: row.report.achieved,
    swaps,
    faultSwaps,
    cutMs: row.cutMs,
    revertMs: faults.result.revertMs,
    p99: row.p99,
  };
}

/** First the engine builds and starts something unrelated, then the agent is swapped: the same load all along. */
async function swapsUnderLoad(installation: Installation, count: number) {
  const floor = await prepareFloor(installation);
  try {
    const { result, report } = await underLoad(
      installation,
      { agents: AGENTS, rate: RATE, timed: [SWAPPED] },
      async () => {
        const busy = await span(() => keepBusy(floor));
        const swapping = await span(() => swapInARow(installation, { id: SWAPPED, count }));
        return { busy, swapping };
      },
    );
    const p99 = (one: { from: number; to: number }) => spread(timesIn(report, one)).p99;
    const { swapping, busy } = result;
    return { report, cutMs: swapping.result.cutMs, p99: { swapping: p99(swapping), engineBusy: p99(busy) } };
  } finally {
    await floor.close();
  }
}

async function keepBusy(floor: Floor): Promise<void> {
  for (let n = 0; n < BUSY_ROUNDS; n += 1) await floor.measure();
}

async function span<T>(run: () => Promise<T>): Promise<{ from: number; to: number; result: T }> {
  const from = now();
  const result = await run();
  return { from, to: now(), result };
}

function timesIn({ times }: LoadReport, { from, to }: { from: number; to: number }): number[] {
  return (times[SWAPPED] ?? []).filter(([sentAt]) => sentAt >= from && sentAt <= to).map(([, ms]) => ms);
}

function lossesOf({ owed, lost, duplicated, reordered, behind, redelivered, missing }: LoadReport) {
  return { owed, lost, duplicated, reordered, behind, redelivered, ...(missing.length > 0 ? { missing } : {}) };
}
