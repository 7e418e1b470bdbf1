/** Swaps under load in which the new or the old version dies at each bad moment: 0 lost, 0 doubled without a flag. */
import { manifest, parrotLogic } from '../support/builders/bundles.ts';
import { onInstallation, say } from '../support/installation/scenario.ts';
import { faultRotation } from '../support/load/fault-rotation.ts';
import { underLoad } from '../support/load/load.ts';
import { assertLossless } from '../support/load/lossless.ts';
import { spread } from '../support/load/spread.ts';

const SWAPS = Number(process.env.HAIREM_TEST_FAULT_SWAPS ?? 25);
const WINDOW_SECONDS = 2;
const AGENTS = ['parrot-0', 'parrot-1'];

const files = {
  // Held before its cut, so that whoever is to die before it has the time to.
  'manifest.yaml': manifest({ update: { monitor_seconds: WINDOW_SECONDS, min_healthy_seconds: 1 } }),
  'logic.ts': parrotLogic({ mark: 'v0' }),
};

const scenario = onInstallation({
  agents: Object.fromEntries(AGENTS.map((id) => [id, files])),
  env: { HAIREM_BACKOFF_BASE_MS: '600000' }, // a version that was rejected is not tried again meanwhile
});

scenario(`${SWAPS} swaps with a death in each lose nothing`, async (installation) => {
  await installation.untilActive(AGENTS, 240_000);
  const windowMs = WINDOW_SECONDS * 1000;
  const { result: rotation, report } = await underLoad(installation, { agents: AGENTS, rate: 600 }, () =>
    faultRotation(installation, { id: 'parrot-0', count: SWAPS, windowMs, mark: 'v0' }),
  );
  say(`${JSON.stringify(rotation.done)}, revert ms ${JSON.stringify(spread(rotation.revertMs))}`);
  say(JSON.stringify({ ...report, times: undefined }));
  assertLossless(report);
  await installation.untilNoLeftovers(AGENTS);
});
