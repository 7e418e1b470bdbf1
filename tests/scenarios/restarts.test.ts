/** The orchestrator and Redis come and go: agents go on running, users come first, and gaps are said. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { saveParrot, untilAnswers, untilUpdated, whoAnswers } from '../support/agents/crew.ts';
import { parrot } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import { engine } from '../support/host/engine.ts';
import type { Installation } from '../support/installation/installation.ts';
import { startProgram } from '../support/installation/program.ts';
import { onInstallation } from '../support/installation/scenario.ts';
import { underLoad } from '../support/load/load.ts';
import { assertLossless } from '../support/load/lossless.ts';

const AGENTS = ['one', 'two'];
const scenario = onInstallation({
  agents: Object.fromEntries(AGENTS.map((id) => [id, parrot({ mark: 'v0' })])),
});

async function containers({ api }: Installation): Promise<(string | undefined)[]> {
  return (await api.agents()).map((record) => record.container?.id);
}

scenario('restarting the orchestrator restarts no agent, and no message is lost', async (installation) => {
  await installation.untilActive(AGENTS);
  const before = await containers(installation);
  const { report } = await underLoad(installation, { agents: AGENTS, rate: 200, publishers: 1 }, async () => {
    await installation.orchestrator().kill('SIGKILL');
    await installation.startOrchestrator();
    await installation.untilActive(AGENTS);
  });
  assertLossless(report);
  assert.deepEqual(await containers(installation), before);
  await installation.untilNoLeftovers(AGENTS);
});

scenario('a second orchestrator refuses and says why, and the first goes on', async (installation) => {
  const before = await containers(installation);
  const logFile = join(installation.root, 'second.log');
  const env = { ...installation.env, HAIREM_API_PORT: '0' };
  const second = startProgram({ command: 'run', env, logFile });
  assert.equal(await second.exited, 'exit code 1');
  assert.match(await second.log(), /error: another orchestrator acts for this installation/);
  assert.deepEqual(await containers(installation), before);
  await installation.untilActive(AGENTS);
  await installation.untilNoLeftovers(AGENTS);
});

scenario('an adopted agent can be swapped', async (installation) => {
  const { update } = await untilUpdated(installation, { id: 'one' }, () =>
    saveParrot(installation, 'one', { mark: 'v1' }),
  );
  assert.equal(update.result, 'ok', JSON.stringify(update));
  assert.equal((await whoAnswers(installation, 'one')).mark, 'v1');
});

scenario('an edit made while the orchestrator was down is swapped in', async (installation) => {
  await installation.orchestrator().stop();
  await saveParrot(installation, 'one', { mark: 'v2' });
  await installation.startOrchestrator();
  await untilAnswers(installation, { id: 'one', mark: 'v2' });
  await installation.untilNoLeftovers(AGENTS);
});

scenario(
  'a killed Redis comes back: the same containers reconnect, and the gap is in their records',
  async (installation) => {
    await installation.untilActive(AGENTS);
    const before = await containers(installation);
    await installation.redis.kill();
    await eventually('the status says that Redis is away', async () => {
      const { body } = await installation.api.call('GET', '/api/status');
      return (body as { reasons: string[] }).reasons.some((reason) => reason.startsWith('bus: '));
    });
    await eventually('gaps are shown', async () =>
      (await installation.api.agents()).every(({ gaps }) => gaps.length > 0),
    );
    await installation.untilActive(AGENTS);
    await untilAnswers(installation, { id: 'one', mark: 'v2' });
    await untilAnswers(installation, { id: 'two', mark: 'v0' });
    assert.deepEqual(await containers(installation), before);
    await installation.untilNoLeftovers(AGENTS);
  },
);

scenario('Redis killed in the middle of a swap: it is done again, and the gap is shown', async (installation) => {
  const before = (await installation.api.agent('one')).gaps.length;
  const hello = installation.bus.next('a candidate', ({ message }) => message.type === 'hello');
  await saveParrot(installation, 'one', { mark: 'v3' });
  await hello;
  await installation.redis.kill();
  await untilAnswers(installation, { id: 'one', mark: 'v3', deadlineMs: 120_000 });
  assert.ok((await installation.api.agent('one')).gaps.length > before);
  await installation.untilActive(AGENTS);
  await installation.untilNoLeftovers(AGENTS);
});

scenario('Redis killed in a monitor window: the agent is started again, and the gap is shown', async (installation) => {
  const before = (await installation.api.agent('one')).gaps.length;
  await untilUpdated(installation, { id: 'one' }, () => saveParrot(installation, 'one', { mark: 'v4' }));
  await installation.redis.kill();
  await eventually('the gap is shown', async () => (await installation.api.agent('one')).gaps.length > before);
  await untilAnswers(installation, { id: 'one', mark: 'v4', deadlineMs: 120_000 });
  await installation.untilActive(AGENTS);
  await installation.untilNoLeftovers(AGENTS);
});

scenario('an agent that is killed is back, and its record says why it was started again', async (installation) => {
  const before = await installation.api.agent('two');
  await engine('POST', `/containers/${before.container?.id}/kill`);
  const record = await eventually('another container runs', async () => {
    const now = await installation.api.agent('two');
    return now.active && now.container?.id !== before.container?.id ? now : null;
  });
  assert.match(record.last_restart?.because ?? '', /ended|137|killed/i);
  await untilAnswers(installation, { id: 'two', mark: 'v0' });
  await installation.untilNoLeftovers(AGENTS);
});
