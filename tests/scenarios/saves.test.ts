/** Many saves in a short time: the last content runs, and never are two swaps of one agent under way. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Heard } from '../support/agents/bus-ear.ts';
import { saveParrot, untilAnswers } from '../support/agents/crew.ts';
import { parrot } from '../support/builders/bundles.ts';
import { onInstallation } from '../support/installation/scenario.ts';

const SAVES = 20;
const SPAN_MS = 2_000;

const scenario = onInstallation({ agents: { parrot: parrot({ mark: 'first' }) } });

scenario(
  `${SAVES} saves in ${SPAN_MS / 1000} s end with the last content, one swap at a time`,
  async (installation) => {
    await installation.untilActive(['parrot']);
    const before = installation.bus.heard.length;
    for (let n = 1; n <= SAVES; n += 1) {
      await saveParrot(installation, 'parrot', { mark: `save-${n}` });
      await sleep(SPAN_MS / SAVES); // the rhythm of the saves is what is tested, nothing is waited for
    }
    await untilAnswers(installation, { id: 'parrot', mark: `save-${SAVES}` });
    await installation.untilNoLeftovers(['parrot']);
    const heard = installation.bus.heard.slice(before);
    assert.ok(heard.filter(isCut).length < SAVES, 'saves were not coalesced');
    assert.deepEqual(overlaps(heard), []);
  },
);

const isCut = ({ message }: Heard) => message.type === 'cut';

/** Candidates that said hello while the one before them had not yet been cut to. */
function overlaps(heard: readonly Heard[]): string[] {
  const found: string[] = [];
  let open: number | null = null;
  for (const { kind, inst, message } of heard) {
    if (kind === 'st' && message.type === 'hello') {
      if (open !== null) found.push(`${inst} began before ${open} had ended`);
      open = inst;
    }
    if (message.type === 'cut' || message.type === 'retire') open = null;
  }
  return found;
}
