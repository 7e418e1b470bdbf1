/** The crew as it ships, for real: everyone is active, and horloge says every reminder once while it is updated. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from '../support/agents/command.ts';
import { untilUpdated } from '../support/agents/crew.ts';
import { crewFolder } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import type { Installation } from '../support/installation/installation.ts';
import { onInstallation } from '../support/installation/scenario.ts';

const CREW = ['echo', 'horloge', 'panier', 'renarde'];
const scenario = onInstallation({});

/** Runs `act` with what horloge says to the user meanwhile. */
async function hearingReminders({ bus }: Installation, act: (said: readonly string[]) => Promise<void>): Promise<void> {
  const ears = bus.redis.duplicate();
  ears.on('error', () => {});
  const said: string[] = [];
  ears.on('message', (_channel: string, text: string) => {
    const { type, payload } = JSON.parse(text);
    if (type === 'narrative.text') said.push(payload.content);
  });
  await ears.subscribe('agent:user:horloge');
  await act(said).finally(() => ears.disconnect());
}

const setTimer = async (installation: Installation, args: Record<string, unknown>) => {
  const answer = await command(installation, 'horloge', { name: 'timer.set', args });
  assert.equal(answer.status, 'success', JSON.stringify(answer));
};

const listTimers = async (installation: Installation) => {
  const { result } = await command(installation, 'horloge', { name: 'timer.list' });
  return (result as { timers: { name: string; text: string }[] }).timers;
};

scenario('everyone is active, in either language, and nobody is warned about', async (installation) => {
  for (const id of CREW) await installation.agents.copy(id, join(crewFolder, id));
  await installation.untilActive(CREW, 240_000);
  const records = await installation.api.agents();
  assert.deepEqual([...new Set(records.map(({ runtime }) => runtime))].sort(), ['node', 'python']);
  assert.deepEqual(
    records.flatMap(({ id, warnings, problems }) => [...warnings, ...problems].map((what) => ({ id, what }))),
    [],
  );
});

scenario('horloge shows its commands, its skills and its task', async ({ api }) => {
  const record = await eventually('a heartbeat with the task', async () => {
    const { tasks, ...rest } = await api.agent('horloge');
    return tasks.some(({ name, state }) => name === 'timers' && state === 'running') ? rest : null;
  });
  assert.deepEqual([...record.commands].sort(), ['timer.cancel', 'timer.list', 'timer.set']);
  assert.deepEqual(record.skills.map(({ name }) => name).sort(), ['cancel_timer', 'list_timers', 'set_timer']);
});

scenario('a mistake is answered with what was expected', async (installation) => {
  const args = { text: 'tea', at: 'soon' };
  const { status, error } = await command(installation, 'horloge', { name: 'timer.set', args });
  assert.equal(status, 'error');
  assert.match(String(error), /at must be a time such as 07:30/);
});

scenario('every reminder is said once while new versions take over', (installation) =>
  hearingReminders(installation, async (said) => {
    const texts = Array.from({ length: 24 }, (_, index) => `reminder ${index + 1}`);
    const logic = await readFile(join(crewFolder, 'horloge', 'logic.ts'), 'utf8');
    for (const [index, text] of texts.entries()) await setTimer(installation, { seconds: index + 1, text });
    for (const edit of [1, 2, 3]) {
      await untilUpdated(installation, { id: 'horloge' }, () =>
        installation.agents.save('horloge', 'logic.ts', `${logic}// edit ${edit}\n`),
      );
    }
    await eventually('all are said', () => said.length >= texts.length, { deadlineMs: 60_000 });
    assert.deepEqual(await listTimers(installation), []);
    assert.deepEqual([...said].sort(), texts.map((text) => `⏰ ${text}`).sort());
  }),
);

scenario('a reminder outlives a restart, and new words for it need none', (installation) =>
  hearingReminders(installation, async (said) => {
    await setTimer(installation, { name: 'Pasta', seconds: 12, text: 'the pasta is done' });
    const before = await installation.api.agent('horloge');
    const { record } = await untilUpdated(installation, { id: 'horloge' }, async () => {
      await installation.api.call('POST', '/api/agents/horloge/restart');
    });
    assert.notEqual(record.container?.id, before.container?.id);
    const manifest = await readFile(join(crewFolder, 'horloge', 'manifest.yaml'), 'utf8');
    const { update } = await untilUpdated(installation, { id: 'horloge' }, () =>
      installation.agents.save('horloge', 'manifest.yaml', manifest.replace('⏰ {text}', 'Ding: {name}, {text}!')),
    );
    assert.equal(update.lane, 'live');
    await eventually('it is said', () => said.length > 0);
    assert.deepEqual(said, ['Ding: pasta, the pasta is done!']);
  }),
);

scenario('panier keeps its list while new versions take over', async (installation) => {
  const ask = (name: string, args = {}) => command(installation, 'panier', { name, args });
  const logic = await readFile(join(crewFolder, 'panier', 'logic.py'), 'utf8');
  const items = Array.from({ length: 12 }, (_, index) => `thing ${index + 1}`);
  await untilUpdated(installation, { id: 'panier' }, async () => {
    await installation.agents.save('panier', 'logic.py', `${logic}# an edit\n`);
    for (const item of items) assert.equal((await ask('list.add', { item })).status, 'success');
  });
  const { result } = await ask('list.show');
  assert.deepEqual(
    (result as { items: { item: string }[] }).items.map(({ item }) => item),
    items,
  );
  const { status, error } = await ask('list.remove', { item: 'nothing' });
  assert.deepEqual([status, error], ['error', 'there is no "nothing" on the list']);
});
