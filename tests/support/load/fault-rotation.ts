/** Swaps in which something dies each time, in rotation, and what each of them must end with. */
import assert from 'node:assert/strict';
import { untilAnswers } from '../agents/crew.ts';
import { FAULT_NAMES, FAULTS, type FaultName } from '../agents/faults.ts';
import type { Installation } from '../installation/installation.ts';

export interface Rotation {
  done: Record<string, number>;
  revertMs: number[];
}

export async function faultRotation(
  installation: Installation,
  { id, count, windowMs, mark: first }: { id: string; count: number; windowMs: number; mark: string },
): Promise<Rotation> {
  const rotation: Rotation = { done: {}, revertMs: [] };
  let current = first;
  for (let n = 1; n <= count; n += 1) {
    const name = FAULT_NAMES[n % FAULT_NAMES.length] as FaultName;
    const mark = `f${n}`;
    const { update, winner } = await FAULTS[name]({ installation, id, mark, windowMs });
    const good = winner === 'new' ? update.result === 'ok' : update.result !== 'ok';
    assert.ok(good, `${name} (${n}): ${JSON.stringify(update)}`);
    if (winner === 'new') current = mark;
    await untilAnswers(installation, { id, mark: current });
    if (update.revert_ms !== null) rotation.revertMs.push(update.revert_ms);
    rotation.done[name] = (rotation.done[name] ?? 0) + 1;
  }
  return rotation;
}
