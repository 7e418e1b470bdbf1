/** Agents in Python, beside one in TypeScript: they start, are swapped under load, reverted and named when they are bad. */
import assert from 'node:assert/strict';
import { command } from '../support/agents/command.ts';
import { saveParrot, untilAnswers, untilUpdated } from '../support/agents/crew.ts';
import { manifest, parrot, parrotLogic, pythonParrot } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import { onInstallation, say } from '../support/installation/scenario.ts';
import { faultRotation } from '../support/load/fault-rotation.ts';
import { underLoad } from '../support/load/load.ts';
import { assertLossless, swapInARow } from '../support/load/lossless.ts';

const SWAPS = Number(process.env.HAIREM_TEST_PYTHON_SWAPS ?? 12);
const WINDOW_SECONDS = 2;
const CREW = ['adder', 'counter', 'parrot-node'];

const scenario = onInstallation({
  agents: {
    // It stays a candidate for a second, so that one that is to die before its cut does.
    adder: pythonParrot({ mark: 'v0' }, { update: { monitor_seconds: WINDOW_SECONDS, min_healthy_seconds: 1 } }),
    counter: pythonParrot({ mark: 'v0' }, { update: { monitor_seconds: 10 } }),
    'parrot-node': parrot({ mark: 'v0' }),
  },
  env: { HAIREM_BACKOFF_BASE_MS: '600000' },
});

scenario('they start, and answer through the API', async (installation) => {
  await installation.untilActive(CREW, 240_000);
  await untilAnswers(installation, { id: 'adder', mark: 'v0' });
  await eventually('a heartbeat names its command', async () => {
    const { runtime, commands } = await installation.api.agent('adder');
    return runtime === 'python' && commands.includes('mark');
  });
});

scenario(`${SWAPS} swaps in a row lose, double and reorder nothing`, async (installation) => {
  const { result, report } = await underLoad(installation, { agents: CREW, rate: 400 }, () =>
    swapInARow(installation, { id: 'adder', count: SWAPS }),
  );
  say(`${SWAPS} swaps: ${JSON.stringify({ ...report, times: undefined })}`);
  assertLossless(report);
  assert.equal(report.redelivered, 0);
  assert.equal(result.distinct.containers.size, SWAPS);
});

scenario('swaps with a death in each lose nothing', async (installation) => {
  const windowMs = WINDOW_SECONDS * 1000;
  const { result, report } = await underLoad(installation, { agents: CREW, rate: 300 }, () =>
    faultRotation(installation, { id: 'adder', count: 10, windowMs, mark: `v${SWAPS}` }),
  );
  say(`${JSON.stringify(result.done)}: ${JSON.stringify({ ...report, times: undefined })}`);
  assertLossless(report);
});

scenario('an agent changes its language under load, and back, and nothing is lost', async (installation) => {
  const { agents } = installation;
  const { report } = await underLoad(installation, { agents: CREW, rate: 300 }, async () => {
    for (const [from, to, runtime] of [
      ['logic.ts', 'logic.py', 'python'],
      ['logic.py', 'logic.ts', 'node'],
    ] as const) {
      const { update } = await untilUpdated(installation, { id: 'parrot-node' }, async () => {
        await agents.drop('parrot-node', from);
        await agents.save('parrot-node', to, parrotLogic({ mark: to }, runtime));
      });
      assert.equal(update.result, 'ok', JSON.stringify(update));
      await untilAnswers(installation, { id: 'parrot-node', mark: to });
      assert.equal((await installation.api.agent('parrot-node')).runtime, runtime);
    }
  });
  assertLossless(report);
  assert.equal(report.redelivered, 0);
});

for (const { name, text, says, result } of [
  {
    name: 'a syntax error that only Python finds',
    text: `x = = 1\n${parrotLogic({ mark: 'bad' }, 'python')}`,
    says: /logic\.py:1:/,
    result: 'rejected',
  },
  {
    name: 'a missing package',
    text: `if True:\n    import not_there\n${parrotLogic({ mark: 'bad' }, 'python')}`,
    says: /No module named 'not_there'/,
    result: 'rejected',
  },
  {
    name: 'a throw in setup',
    text: parrotLogic({ mark: 'bad', setup: 'throw' }, 'python'),
    says: /will not be set up/,
    result: 'rejected',
  },
  {
    name: 'a crash within the window',
    text: parrotLogic({ mark: 'bad', crashAfterMs: 300 }, 'python'),
    says: /parrot bad crashes/,
    result: 'reverted',
  },
  {
    name: 'a blocked event loop within the window',
    text: parrotLogic({ mark: 'bad', blockAfterMs: 200 }, 'python'),
    says: /did not answer/,
    result: 'reverted',
  },
]) {
  scenario(`${name} changes nothing`, async (installation) => {
    await saveParrot(installation, 'counter', { mark: `before ${name}` });
    await untilAnswers(installation, { id: 'counter', mark: `before ${name}` });
    const alone = { agents: ['counter'], rate: 200, broadcastShare: 0 };
    const save = () => installation.agents.save('counter', 'logic.py', text);
    const { report, result: update } = await underLoad(installation, alone, async () => {
      const updated = (await untilUpdated(installation, { id: 'counter' }, save)).update;
      if (updated.result !== 'ok') return updated;
      return (await untilUpdated(installation, { id: 'counter' }, async () => {})).update;
    });
    assert.equal(update.result, result, JSON.stringify(update));
    assert.match(JSON.stringify(update.error), says);
    assertLossless(report);
    await untilAnswers(installation, { id: 'counter', mark: `before ${name}` });
  });
}

const VERSIONED = `
import os, sqlite3, sys
from drivers.lamp import VERSION
from hairem import BaseAgent

class Agent(BaseAgent):
    def setup(self):
        self.on_command("version", lambda args, message: VERSION)
        self.on_command("uncompiled", lambda args, message: [name for name in list(sys.modules) if is_uncompiled(name)])

def is_uncompiled(name):
    module = sys.modules[name]
    source, compiled = getattr(module, "__file__", None) or "", getattr(module, "__cached__", None) or ""
    is_frozen = compiled == ""  # a part of the interpreter itself
    if not source.endswith(".py") or is_frozen or source.startswith("/app/bundle/") or name == "__main__":
        return False
    if not os.path.exists(compiled):
        return True
    header = open(compiled, "rb").read(12)
    by_time = header[4:8] == bytes(4)
    return by_time and int.from_bytes(header[8:12], "little") != int(os.stat(source).st_mtime)
`;

const IDNA_3_7 = 'idna==3.7 --hash=sha256:82fee1fc78add43492d3a1898bfa6d8a904cc97d8427f683ed8e798d07761aa0';

scenario(
  'two that pin different versions of a package run side by side, with drivers of their own',
  async (installation) => {
    const bundle = (requirement: string) => ({
      'manifest.yaml': manifest({ extra: 'network: {egress: none}\n' }),
      'requirements.txt': `${requirement}\n`,
      'drivers/lamp.py': 'import idna\n\nVERSION = idna.__version__\n',
      'logic.py': VERSIONED,
    });
    await installation.agents.put('older', bundle('idna==3.6'));
    await installation.agents.put('newer', bundle(IDNA_3_7));
    await installation.untilActive([...CREW, 'older', 'newer'], 240_000);
    assert.equal((await command(installation, 'older', { name: 'version' })).result, '3.6');
    assert.equal((await command(installation, 'newer', { name: 'version' })).result, '3.7');
    assert.deepEqual((await command(installation, 'newer', { name: 'uncompiled' })).result, []);
    await installation.untilNoLeftovers([...CREW, 'older', 'newer']);
  },
);
