/** The folder is what runs: a new bundle becomes a container, a change a swap, a removal a stop. */
import assert from 'node:assert/strict';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { saveParrot, untilUpdated, whoAnswers } from '../support/agents/crew.ts';
import { parrot } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import { onInstallation } from '../support/installation/scenario.ts';

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

scenario('what tools leave is no agent, and swaps none', async (installation) => {
  const before = await installation.api.agent('first');
  const { dir, save } = installation.agents;
  await mkdir(join(dir, '@Recycle/old'), { recursive: true });
  await mkdir(join(dir, 'docs'));
  for (const name of ['._logic.ts', '.logic.ts.kate-swp', 'notes.bak', '.DS_Store', 'Thumbs.db'])
    await save('first', name, 'left');
  await installation.agents.put('third', parrot({ mark: 'third' }));
  await installation.untilActive(['first', 'second', 'third']);
  const ids = (await installation.api.agents()).map(({ id }) => id);
  assert.deepEqual(ids.sort(), ['first', 'second', 'third']);
  assert.equal((await installation.api.agent('first')).container?.id, before.container?.id);
  await installation.agents.remove('third');
  await installation.untilNoLeftovers(['first', 'second']);
});

scenario('an agent that loses its manifest and logic goes on running, also over a restart', async (installation) => {
  const before = await installation.api.agent('second');
  const { dir } = installation.agents;
  const away = ['manifest.yaml', 'logic.ts'];
  for (const name of away) await rename(join(dir, 'second', name), join(dir, 'second', `${name}.away`));
  const isBroken = async () => (await installation.api.agent('second')).problems.length > 0;
  await eventually('its record says what is wrong', isBroken);
  assert.equal((await installation.api.agent('second')).container?.id, before.container?.id);
  await installation.orchestrator().stop();
  await installation.startOrchestrator();
  await eventually('its record says it again', isBroken);
  await eventually('it is taken over', async () => {
    const { container } = await installation.api.agent('second');
    return container?.id === before.container?.id;
  });
  for (const name of away) await rename(join(dir, 'second', `${name}.away`), join(dir, 'second', name));
  await eventually('all is well again', async () => !(await isBroken()));
  assert.equal((await installation.api.agent('second')).container?.id, before.container?.id);
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
  const isForgotten = async () => (await installation.api.call('GET', '/api/agents/second')).status === 404;
  await eventually('its record is gone, the last of it', isForgotten);
});
