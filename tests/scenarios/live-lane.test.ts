/** A change of persona or soft config reaches the running instance; nothing is restarted. */
import assert from 'node:assert/strict';
import { untilUpdated, whoAnswers } from '../support/agents/crew.ts';
import { manifest, parrot } from '../support/builders/bundles.ts';
import { onInstallation } from '../support/installation/scenario.ts';

const scenario = onInstallation({ agents: { parrot: parrot({ mark: 'live' }) } });

scenario('an edited persona is acknowledged by the same container', async (installation) => {
  await installation.untilActive(['parrot']);
  const before = await installation.api.agent('parrot');
  const { record, update } = await untilUpdated(installation, { id: 'parrot' }, () =>
    installation.agents.save('parrot', 'persona.yaml', 'role: pirate\nsystem_prompt: Say arr.\n'),
  );
  assert.deepEqual([update.lane, update.result], ['live', 'ok'], JSON.stringify(update));
  assert.equal(record.container?.id, before.container?.id);
  assert.equal(record.bundle.running, record.bundle.desired);
  assert.notEqual(record.bundle.running, before.bundle.running);
  assert.equal((await whoAnswers(installation, 'parrot')).persona?.role, 'pirate');
});

scenario('so is soft config, and the acknowledgement carries the new hash', async (installation) => {
  const before = await installation.api.agent('parrot');
  const acknowledged = installation.bus.next('applied', ({ message }) => message.type === 'applied');
  const { record, update } = await untilUpdated(installation, { id: 'parrot' }, () =>
    installation.agents.save('parrot', 'manifest.yaml', manifest({ config: { volume: 11 } })),
  );
  assert.equal(update.lane, 'live');
  assert.equal((await acknowledged).message.hash, record.bundle.desired);
  assert.equal(record.container?.id, before.container?.id);
  assert.deepEqual((await whoAnswers(installation, 'parrot')).config, { volume: 11 });
});
