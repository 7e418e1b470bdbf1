/** Bundles written for the in-process hAIrem, copied in as they are: they become containers, talk, and are swapped. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { command } from '../support/agents/command.ts';
import { untilUpdated } from '../support/agents/crew.ts';
import { eventually } from '../support/eventually.ts';
import { onInstallation } from '../support/installation/scenario.ts';

const bundle = (name: string) => fileURLToPath(new URL(`../bundles/in-process/${name}`, import.meta.url));

const scenario = onInstallation({ agents: {} });

scenario('they start in containers of their own, whatever the case of their folders', async (installation) => {
  for (const [id, from] of [
    ['Lisa', 'lisa'],
    ['Courrier', 'courrier'],
    ['calcul', 'calcul'],
  ] as const)
    await installation.agents.copy(id, bundle(from));
  await installation.untilActive(['lisa', 'courrier', 'calcul'], 270_000);
  const [lisa, calcul] = await Promise.all([installation.api.agent('lisa'), installation.api.agent('calcul')]);
  assert.equal(lisa.name, 'Lisa');
  assert.match(lisa.rating?.reasons.join() ?? '', /reaches the internet.* in-process hAIrem/);
  assert.deepEqual([lisa.rating?.value, calcul.rating?.value], [5, 8]);
  assert.deepEqual((await command(installation, 'calcul', { name: 'encode', args: { word: 'maïs' } })).result, {
    version: '3.6',
    word: 'xn--mas-0ma',
  });
});

scenario('one asks another through its own Redis client, in whatever spelling', async (installation) => {
  await eventually('its skills are in the registry', async () =>
    (await installation.api.agent('lisa')).commands.includes('add_reminder'),
  );
  const asked = command(installation, 'courrier', { name: 'ask', args: { whom: 'LISA', said: 'hi' } });
  const { result } = (await asked) as { result: { status: string; error: string } };
  assert.equal(result.status, 'error');
  assert.match(result.error, /no such command: echo \(known: get_fridge_status/);
});

scenario('a change of its logic is a swap like any other', async (installation) => {
  assert.equal(
    (await command(installation, 'lisa', { name: 'add_reminder', args: { memo: 'a' } })).result,
    'Noted (1): a',
  );
  const logic = [
    'from src.domain.agent import BaseAgent',
    '',
    'class Agent(BaseAgent):',
    '    async def get_fridge_status(self):',
    '        return "The fridge is open."',
  ].join('\n');
  const { update } = await untilUpdated(installation, { id: 'lisa' }, () =>
    installation.agents.save('Lisa', 'logic.py', logic),
  );
  assert.equal(update.result, 'ok', JSON.stringify(update));
  assert.equal((await command(installation, 'lisa', { name: 'get_fridge_status' })).result, 'The fridge is open.');
});

scenario('one that needs what only that program had is rejected, and says what', async (installation) => {
  const { update } = await untilUpdated(installation, { id: 'lisa' }, () =>
    installation.agents.save(
      'Lisa',
      'logic.py',
      'from src.domain.agent import BaseAgent\nfrom src.services.vault import Vault\n\nclass Agent(BaseAgent): pass\n',
    ),
  );
  assert.equal(update.result, 'rejected');
  assert.match(update.error?.message ?? '', /src\.services\.vault: it belongs to the in-process hAIrem/);
  assert.equal((await command(installation, 'lisa', { name: 'get_fridge_status' })).result, 'The fridge is open.');
});
