/** One of eight agents is swapped again and again under 1,000 messages a second: nothing is lost, doubled or reordered. */
import assert from 'node:assert/strict';
import { parrot } from '../support/builders/bundles.ts';
import { onInstallation, say } from '../support/installation/scenario.ts';
import { underLoad } from '../support/load/load.ts';
import { assertLossless, swapInARow } from '../support/load/lossless.ts';

const SWAPS = Number(process.env.HAIREM_TEST_SWAPS ?? 40);
const RATE = 1000;
const AGENTS = Array.from({ length: 8 }, (_, n) => `parrot-${n}`);

const scenario = onInstallation({
  agents: Object.fromEntries(AGENTS.map((id) => [id, parrot({ mark: 'v0' })])),
});

scenario(`${SWAPS} swaps in a row lose, double and reorder nothing`, async (installation) => {
  await installation.untilActive(AGENTS, 240_000);
  const { result, report } = await underLoad(installation, { agents: AGENTS, rate: RATE }, () =>
    swapInARow(installation, { id: 'parrot-0', count: SWAPS }),
  );
  say(`${SWAPS} swaps: ${JSON.stringify({ ...report, times: undefined })}`);
  assertLossless(report);
  assert.equal(report.redelivered, 0);
  assert.ok(report.achieved > RATE * 0.95, `only ${report.achieved} messages/s were sent`);
  for (const [what, values] of Object.entries(result.distinct)) assert.equal(values.size, SWAPS, `distinct ${what}`);
  await installation.untilNoLeftovers(AGENTS);
});
