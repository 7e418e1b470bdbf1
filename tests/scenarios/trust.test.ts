/** What an agent gets is a person's decision: an id that is taken again, rights that grow, and whose a secret is. */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { untilAnswers, untilUpdated, whoAnswers } from '../support/agents/crew.ts';
import { manifest, parrot } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import type { Installation } from '../support/installation/installation.ts';
import { onInstallation } from '../support/installation/scenario.ts';

const dir = mkdtempSync(join(tmpdir(), 'hairem-trust-'));
after(() => rm(dir, { recursive: true }));
const secrets = join(dir, 'secrets');
const grants = join(dir, 'grants.yaml');
await mkdir(secrets);

async function put(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

const scenario = onInstallation({
  agents: { steady: parrot({ mark: 'one' }), electra: parrot({ mark: 'electra' }) },
  env: {
    HAIREM_SECRETS_DIR: secrets,
    HAIREM_GRANTS_FILE: grants,
    MQTT_PASSWORD: 'everybody-knows-me',
    SURREALDB_PASSWORD: 'of-the-store',
  },
});

interface Shown {
  hash: string | null;
  asks: string[];
}

async function shown({ api }: Installation, id: string): Promise<Shown> {
  const { status, body } = await api.call('GET', `/api/agents/${id}/allow`);
  assert.equal(status, 200);
  return body as Shown;
}

/** As `hairem allow <id> --yes`. */
async function allow(installation: Installation, id: string): Promise<void> {
  const { hash } = await shown(installation, id);
  const { status } = await installation.api.call('POST', `/api/agents/${id}/allow`, { body: { hash } });
  assert.equal(status, 202);
}

const untilBlocked = ({ api }: Installation, id: string) =>
  eventually(`${id} is blocked`, async () => {
    const record = await api.agent(id);
    return record.status === 'blocked' ? record : null;
  });

const namesOf = async ({ api }: Installation, id: string) => (await api.agent(id)).secrets.map(({ name }) => name);

scenario(
  'an update that asks for the internet waits, and what runs goes on until it is allowed',
  async (installation) => {
    await installation.untilActive(['steady', 'electra'], 240_000);
    const before = await installation.api.agent('steady');
    const { update } = await untilUpdated(installation, { id: 'steady' }, async () => {
      await installation.agents.save('steady', 'manifest.yaml', manifest({ extra: 'network: {egress: internet}\n' }));
    });
    assert.equal(update.result, 'held');
    assert.match(update.because, /^waits for your word: .*the internet.*`hairem allow steady`/);
    assert.deepEqual((await whoAnswers(installation, 'steady')).mark, 'one');
    const held = await installation.api.agent('steady');
    assert.deepEqual([held.container?.id, held.status], [before.container?.id, 'active']);
    assert.ok(held.warnings.some((line) => line.startsWith('trust: waits for your word')));
    const { body: plan } = await installation.api.call('GET', '/api/agents/steady/plan');
    assert.match(String(plan), /steady: waits for your word/);
    const refused = await installation.api.call('POST', '/api/agents/steady/allow', { body: { hash: 'another' } });
    assert.equal(refused.status, 409);
    const { update: swapped } = await untilUpdated(installation, { id: 'steady' }, () => allow(installation, 'steady'));
    assert.equal(swapped.result, 'ok');
    assert.equal((await shown(installation, 'steady')).hash, null);
  },
);

scenario('what waits and what was accepted outlive the orchestrator; giving up needs no word', async (installation) => {
  await installation.agents.save('steady', 'manifest.yaml', manifest({ extra: 'storage: true\n' }));
  await eventually('it waits', async () => (await shown(installation, 'steady')).hash !== null);
  await installation.orchestrator().stop();
  await installation.startOrchestrator();
  await installation.untilActive(['steady', 'electra']);
  const { asks } = await eventually('it still waits', async () => {
    const allowance = await shown(installation, 'steady');
    return allowance.hash === null ? null : allowance;
  });
  assert.deepEqual(asks, ['a volume of its own, which outlives its versions']);
  const { update } = await untilUpdated(installation, { id: 'steady' }, () =>
    installation.agents.save('steady', 'manifest.yaml', manifest()),
  );
  assert.equal(update.result, 'ok');
});

scenario(
  'a secret stays with whom it was given to, and where two could have it both are asked',
  async (installation) => {
    await put(join(secrets, 'ELECTRA_HA_TOKEN'), 'of-electra');
    await eventually('electra has it', async () => (await namesOf(installation, 'electra')).includes('HA_TOKEN'));
    await installation.agents.put('electra-ha', parrot({ mark: 'thief' }));
    await installation.agents.put('surrealdb', parrot({ mark: 'thief' }));
    await installation.untilActive(['electra-ha', 'surrealdb']);
    assert.deepEqual(await namesOf(installation, 'electra-ha'), []);
    assert.deepEqual(await namesOf(installation, 'surrealdb'), []);
    await put(join(secrets, 'ELECTRA_HA_NEW'), 'whose-is-it');
    for (const id of ['electra', 'electra-ha'])
      await eventually(`${id} is told`, async () =>
        (await installation.api.agent(id)).warnings.some((line) => line.includes('ELECTRA_HA_NEW could be')),
      );
    await allow(installation, 'electra-ha');
    await eventually('it is settled', async () => {
      const [own, other] = [await namesOf(installation, 'electra-ha'), await namesOf(installation, 'electra')];
      return own.includes('NEW') && !other.includes('HA_NEW');
    });
  },
);

scenario(
  'a variable of the installation is reached where the list gives it, and nowhere else',
  async (installation) => {
    const wish = { extra: `secrets: {PASSWORD: "${['$', '{MQTT_PASSWORD}'].join('')}"}\n` };
    await installation.agents.put('mqtt-user', parrot({ mark: 'wish' }, wish));
    const { warnings } = await untilBlocked(installation, 'mqtt-user');
    assert.ok(
      warnings.some((line) => line.includes('mqtt-user: {variables: [MQTT_PASSWORD]}')),
      String(warnings),
    );
    await put(grants, 'agents:\n  mqtt-user: {variable: [MQTT_PASSWORD]}\n');
    await eventually('a wrong list is told', async () => {
      const { body } = await installation.api.call('GET', '/api/status');
      return (body as { reasons: string[] }).reasons.some((reason) => /grants\.yaml:2:15.*variables/.test(reason));
    });
    await put(grants, 'agents:\n  mqtt-user: {variables: [MQTT_PASSWORD]}\n');
    await installation.untilActive(['mqtt-user']);
    assert.deepEqual(await namesOf(installation, 'mqtt-user'), ['PASSWORD']);
  },
);

scenario('what is above the ceilings is a problem of its bundle until the list lifts them', async (installation) => {
  const greedy = parrot({ mark: 'greedy' }, { extra: 'resources: {pids: 2000}\n' });
  await installation.agents.put('greedy', greedy);
  const { problems } = await eventually('greedy is invalid', async () => {
    const record = await installation.api.agent('greedy');
    return record.status === 'invalid' ? record : null;
  });
  assert.match(problems[0]?.message ?? '', /asks for 2000 processes.*greedy: \{pids: 2000\}/);
  await put(grants, 'agents:\n  mqtt-user: {variables: [MQTT_PASSWORD]}\n  greedy: {pids: 2000}\n');
  await installation.untilActive(['greedy']);
});

scenario('a folder that asks for another id is held, and who was in it goes on', async (installation) => {
  const before = await installation.api.agent('greedy');
  const text = manifest({ extra: 'id: greedy-two\nnetwork: {egress: internet}\n' });
  await installation.agents.save('greedy', 'manifest.yaml', text);
  await untilBlocked(installation, 'greedy-two');
  // A removed folder is held for one second here: an update takes longer.
  await untilUpdated(installation, { id: 'steady' }, async () => {
    await installation.api.call('POST', '/api/agents/steady/restart');
  });
  const after = await installation.api.agent('greedy');
  assert.deepEqual([after.container?.id, after.status], [before.container?.id, 'active']);
  await allow(installation, 'greedy-two');
  await installation.untilActive(['greedy-two']);
  await eventually(
    'its old name is gone',
    async () => (await installation.api.call('GET', '/api/agents/greedy')).status === 404,
  );
});

scenario('an id that was used before is blocked until it is allowed', async (installation) => {
  await installation.agents.remove('electra');
  await installation.untilNoLeftovers(['steady', 'electra-ha', 'surrealdb', 'mqtt-user', 'greedy-two']);
  await installation.agents.put('electra', parrot({ mark: 'impostor' }));
  const blocked = await untilBlocked(installation, 'electra');
  assert.ok(blocked.warnings.some((line) => /^trust: .*removed had the id electra.*`hairem allow electra`/.test(line)));
  assert.equal(blocked.container, null);
  await allow(installation, 'electra');
  await installation.untilActive(['electra']);
  await untilAnswers(installation, { id: 'electra', mark: 'impostor' });
});
