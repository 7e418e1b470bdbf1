/**
 * How long answers take while their agent is swapped, beside how long they take while the engine builds and starts
 * something unrelated: alternating, under one steady load.
 */
import { saveParrot, untilUpdated } from '../support/agents/crew.ts';
import { eventually } from '../support/eventually.ts';
import type { Installation } from '../support/installation/installation.ts';
import { containersOf } from '../support/installation/inventory.ts';
import { type LoadReport, underLoad } from '../support/load/load.ts';
import { prepareFloor } from './floor.ts';
import { AGENTS, SWAPPED } from './swaps.ts';

const RATE = 200;

export interface ReplyFigures {
  /** Milliseconds of each answer to a message that was sent meanwhile. */
  whileSwapped: number[];
  whileOthersBuild: number[];
  report: LoadReport;
}

/** As `performance.now()` of all processes of a host: milliseconds since 1970. */
const now = () => performance.timeOrigin + performance.now();

type Window = [from: number, to: number];

export async function measureReplies(
  installation: Installation,
  { rounds, note }: { rounds: number; note: (text: string) => void },
): Promise<ReplyFigures> {
  const windows: { swap: Window[]; build: Window[] } = { swap: [], build: [] };
  const floor = await prepareFloor(installation);
  const load = { agents: [SWAPPED], rate: RATE, publishers: 1, broadcastShare: 0, timed: [SWAPPED] };
  try {
    await saveAtOnce(installation, 0);
    const { report } = await underLoad(installation, load, async () => {
      for (let n = 1; n <= rounds; n += 1) {
        await untilNoSpare(installation);
        windows.build.push(await during(() => floor.measure()));
        windows.swap.push(await during(() => saveAtOnce(installation, n)));
      }
    });
    note(`replies: ${rounds} rounds of an unrelated build and a swap`);
    const times = report.times[SWAPPED] ?? [];
    const within = (list: readonly Window[]) =>
      times.filter(([sent]) => list.some(([from, to]) => sent >= from && sent <= to)).map(([, ms]) => ms);
    return { whileSwapped: within(windows.swap), whileOthersBuild: within(windows.build), report };
  } finally {
    await floor.close();
  }
}

async function during(act: () => Promise<unknown>): Promise<Window> {
  const from = now();
  await act();
  return [from, now()];
}

/** Its handlers take no time: what is measured is ours. */
async function saveAtOnce(installation: Installation, n: number): Promise<void> {
  const save = () => saveParrot(installation, SWAPPED, { mark: `at once ${n}`, handlerMs: 0 });
  const { update } = await untilUpdated(installation, { id: SWAPPED }, save);
  if (update.result !== 'ok') throw new Error(`the swap failed: ${JSON.stringify(update)}`);
}

/** One instance each: the last swap is over, and its spare is gone. */
async function untilNoSpare({ installId }: Installation): Promise<void> {
  await eventually('the spare is gone', async () => (await containersOf(installId)).length === AGENTS.length);
}
