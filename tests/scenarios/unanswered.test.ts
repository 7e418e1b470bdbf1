/** Who asks an agent that ends, or that is not there, is told at once and with why, in both languages: no deadline is waited for. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { command } from '../support/agents/command.ts';
import { manifest } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import type { Installation } from '../support/installation/installation.ts';
import { onInstallation } from '../support/installation/scenario.ts';

const read = (path: string) => readFileSync(new URL(`../bundles/${path}`, import.meta.url), 'utf8');
/** One that is told to go has a second for what it has. */
const about = manifest({ update: { drain_seconds: 1 }, extra: 'resources: {memory: 128m}\n' });
const NODE = { 'manifest.yaml': about, 'logic.ts': read('mortal/logic.ts') };
const PYTHON = { 'manifest.yaml': about, 'logic.py': read('mortal-python/logic.py') };
/** Far beyond what any of it takes: who waits for it fails the test by the code. */
const DEADLINE_SECONDS = 60;

const scenario = onInstallation({
  agents: { 'asks-node': NODE, 'asks-python': PYTHON, 'dies-node': NODE, 'dies-python': PYTHON },
  env: { HAIREM_BACKOFF_BASE_MS: '500' },
});
const ASKERS = ['asks-node', 'asks-python'];
const PAIRS = [
  ['asks-node', 'dies-python'],
  ['asks-python', 'dies-node'],
] as const;

interface Told {
  ms: number;
  code?: string;
  message?: string;
}

async function tell(
  installation: Installation,
  asker: string,
  args: { target: string; how: string; seconds?: number },
) {
  const all = { seconds: DEADLINE_SECONDS, ...args };
  const { result } = await command(installation, asker, { name: 'tell', args: all, waitSeconds: 2 * DEADLINE_SECONDS });
  return result as Told;
}

/** @param run given the first text on the channel, from now on */
async function hearing<T>(
  { bus }: Installation,
  channel: string,
  run: (heard: Promise<string>) => Promise<T>,
): Promise<T> {
  const ears = bus.redis.duplicate();
  try {
    const heard = new Promise<string>((resolve) => ears.on('message', (_channel, text) => resolve(text)));
    await ears.subscribe(channel);
    return await run(heard);
  } finally {
    ears.disconnect();
  }
}

const activeAgain = (installation: Installation, id: string, before: number | null) =>
  eventually(`${id} acts again`, async () => {
    const { active, instance } = await installation.api.agent(id);
    return active && instance !== before;
  });

for (const [asker, target] of PAIRS) {
  for (const how of ['exit', 'abort', 'kill', 'grow']) {
    scenario(`${asker} is told that ${target} died: ${how}`, async (installation) => {
      await installation.untilActive([asker, target], 240_000);
      const { instance } = await installation.api.agent(target);
      const { code, message = '' } = await tell(installation, asker, { target, how });
      assert.equal(code, 'instance_died', message);
      assert.match(message, new RegExp(`^${target} ended while it had this message: .*hairem logs ${target}`));
      await activeAgain(installation, target, instance);
    });
  }

  scenario(`${asker} is told that ${target} was stopped meanwhile, and that it is stopped`, async (installation) => {
    const asking = await hearing(installation, `agent:${target}:${asker}`, async (heard) => {
      const asked = tell(installation, asker, { target, how: 'never' });
      await heard;
      return { asked };
    });
    await installation.api.call('POST', `/api/agents/${target}/stop`);
    const told = await asking.asked;
    assert.notEqual(told.code, 'timeout', JSON.stringify(told));
    const later = await tell(installation, asker, { target, how: 'never' });
    assert.equal(later.code, 'not_there');
    assert.match(later.message ?? '', new RegExp(`${target} is stopped \\(by a user\\)`));
    await installation.api.call('POST', `/api/agents/${target}/start`);
    await activeAgain(installation, target, null);
  });
}

for (const asker of ASKERS) {
  scenario(`a name that only a third party listens on is left to it: ${asker}`, async (installation) => {
    await hearing(installation, `agent:lamp:${asker}`, async (heard) => {
      const asking = tell(installation, asker, { target: 'lamp', how: 'never' });
      const { id } = JSON.parse(await heard);
      const payload = { status: 'success', result: 'lit', error: null };
      const answer = { type: 'expert.response', payload, metadata: { correlation_id: id } };
      const parties = { sender: { agent_id: 'lamp' }, recipient: { target: asker } };
      const said = { id: 'l1', timestamp: new Date().toISOString(), ...answer, ...parties };
      await installation.bus.redis.publish(`agent:${asker}:lamp`, JSON.stringify(said));
      assert.deepEqual(await asking.then(({ code, message }) => ({ code, message })), {
        code: undefined,
        message: undefined,
      });
    });
  });
}

// Last: nobody listens from here on but the installation itself.
for (const asker of ASKERS) {
  scenario(`a name that nobody has and nobody listens on is said at once: ${asker}`, async (installation) => {
    installation.bus.close();
    const { code, message } = await eventually('no connection of the tests is left', async () => {
      const told = await tell(installation, asker, { target: 'lamp', how: 'never', seconds: 5 });
      return told.code === 'timeout' ? null : told;
    });
    assert.equal(code, 'not_there');
    assert.equal(message, 'there is no agent lamp: `./hairem ps` shows who there is');
  });
}
