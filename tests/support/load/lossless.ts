/** Swaps in a row of one agent, and what must be true of the account afterwards. */
import assert from 'node:assert/strict';
import { saveParrot, untilUpdated } from '../agents/crew.ts';
import { inspect } from '../host/engine.ts';
import type { Installation } from '../installation/installation.ts';
import type { LoadReport } from './load.ts';

export interface SwapsInARow {
  cutMs: number[];
  distinct: { bundles: Set<string>; images: Set<string>; containers: Set<string> };
}

/** Each swap is a save; the next save comes as soon as the one before it has taken over. */
export async function swapInARow(
  installation: Installation,
  { id, count, onSwap = () => {} }: { id: string; count: number; onSwap?: (n: number) => void },
): Promise<SwapsInARow> {
  const cutMs: number[] = [];
  const distinct: SwapsInARow['distinct'] = { bundles: new Set(), images: new Set(), containers: new Set() };
  for (let n = 1; n <= count; n += 1) {
    const { record, update } = await untilUpdated(installation, { id }, () =>
      saveParrot(installation, id, { mark: `v${n}` }),
    );
    assert.equal(update.result, 'ok', `swap ${n}: ${JSON.stringify(update)}`);
    if (update.cut_ms !== null) cutMs.push(update.cut_ms);
    const container = record.container?.id ?? '';
    distinct.bundles.add(record.bundle.running ?? '');
    distinct.containers.add(container);
    distinct.images.add((await inspect(container)).Image);
    onSwap(n);
  }
  return { cutMs, distinct };
}

export function assertLossless(report: LoadReport): void {
  assert.deepEqual(report.trouble, []);
  const { lost, duplicated, reordered, behind, unknown, abandoned } = report;
  assert.deepEqual(
    { lost, duplicated, reordered, behind, unknown, abandoned },
    { lost: 0, duplicated: 0, reordered: 0, behind: 0, unknown: 0, abandoned: 0 },
    `missing: ${report.missing.join(' ')}`,
  );
}
