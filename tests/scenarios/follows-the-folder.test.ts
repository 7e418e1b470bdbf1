/** The folder is what runs: a new bundle becomes a container, a change a swap, a removal a stop. */
import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { parrot } from '../builders.ts';
import { saveParrot, untilUpdated, whoAnswers } from '../rig/crew.ts';
import { eventually } from '../rig/eventually.ts';
import { onInstallation } from '../rig/scenario.ts';

const scenario = onInstallation({ agents: { first: parrot({ mark: 'one' }) } });

scenario('a bundle that is there at the start becomes one active container', async (installation) => {
  await installation.untilActive(['first']);
  await installation.untilNoLeftovers(['first']);
  assert.equal((await whoAnswers(installation, 'first')).mark, 'one');
});

scenario('a new folder becomes a container', async (installation) => {
  await installation.agents.put('second', parrot({ mark: 'second' }));
  await installation.untilActive(['first', 'second']);
  await installation.untilNoLeftovers(['first', 'second']);
});

scenario('an edit becomes a swap to another container with another image', async (installation) => {
  const before = await installation.api.agent('first');
  const { record, update } = await untilUpdated(installation, { id: 'first' }, () =>
    saveParrot(installation, 'first', { mark: 'two' }),
  );
  assert.equal(update.result, 'ok', JSON.stringify(update));
  assert.equal(update.lane, 'code');
  assert.notEqual(record.container?.id, before.container?.id);
  assert.notEqual(record.bundle.running, before.bundle.running);
  assert.equal(record.bundle.last_good, before.bundle.running);
  assert.equal((await whoAnswers(installation, 'first')).mark, 'two');
  await installation.untilNoLeftovers(['first', 'second']);
});

scenario('a save that changes nothing restarts nothing', async (installation) => {
  const before = await installation.api.agent('first');
  await saveParrot(installation, 'first', { mark: 'two' });
  await installation.agents.save(
    'second',
    'manifest.yaml',
    parrot({ mark: 'x' }, { config: { n: 1 } })['manifest.yaml'] ?? '',
  );
  await eventually('the other change was seen', async () => {
    const { config } = await whoAnswers(installation, 'second');
    return config.n === 1;
  });
  assert.equal((await installation.api.agent('first')).container?.id, before.container?.id);
});

scenario('an agents folder that vanishes freezes the crew, and nothing is stopped', async (installation) => {
  const before = await installation.inventory();
  await rename(installation.agents.dir, `${installation.agents.dir}-away`);
  const saysSo = async () => {
    const { body } = await installation.api.call('GET', '/api/status');
    return (body as { reasons: string[] }).reasons.some((reason) => reason.startsWith('folder: '));
  };
  await eventually('the status says so', saysSo);
  assert.deepEqual((await installation.inventory()).containers, before.containers);
  await rename(`${installation.agents.dir}-away`, installation.agents.dir);
  if (installation.orchestrator().ended() !== null) await installation.startOrchestrator();
  await eventually('the status says it no more', async () => !(await saysSo()));
  assert.deepEqual((await installation.inventory()).containers, before.containers);
});

scenario('a removed folder stops its agent after the hold and leaves nothing behind', async (installation) => {
  await installation.agents.remove('second');
  await installation.untilNoLeftovers(['first']);
  const { status } = await installation.api.call('GET', '/api/agents/second');
  assert.equal(status, 404);
});
