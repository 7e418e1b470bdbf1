/**
 * Secrets from file and variable to their own agent and to nobody else: what they are looked for in is everything that
 * is stored or shown, while agents in both languages do their best to tell them.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { spellingsOf } from '../../orchestrator/src/redact/encodings.ts';
import { command } from '../support/agents/command.ts';
import { untilUpdated } from '../support/agents/crew.ts';
import { parrot } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import { engine, inspect } from '../support/host/engine.ts';
import { filesWith, textsInImages } from '../support/host/search.ts';
import type { Installation } from '../support/installation/installation.ts';
import { containersOf, imagesOf, volumesOf } from '../support/installation/inventory.ts';
import { onInstallation, say } from '../support/installation/scenario.ts';
import { monitorRedis } from '../support/servers/redis-monitor.ts';

const SECRET = {
  file: 'Sésame-Open/42+"node"',
  rotated: 'Sésame-Close/43+"node"',
  bad: 'bad-Sésame/44+"node"',
  variable: 'Ouvre-Toi_77=python&',
  changed: 'Ferme-Toi_78=python&',
  literal: 'Written-Out-99',
  late: 'Late-But-There-11',
};
const SPELLINGS = Object.values(SECRET).flatMap(spellingsOf);
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const told = (text: string) => SPELLINGS.filter((spelling) => text.includes(spelling));

const dir = mkdtempSync(join(tmpdir(), 'hairem-secrets-'));
after(() => rm(dir, { recursive: true }));

/** As one should change a file that others read. */
async function putSecret(name: string, value: string): Promise<void> {
  await writeFile(join(dir, `.${name}.new`), `${value}\n`);
  await rename(join(dir, `.${name}.new`), join(dir, name));
}

const logic = (path: string) => readFileSync(new URL(`../bundles/${path}`, import.meta.url), 'utf8');
const leaky = (prefix: string) =>
  [
    'update: {monitor_seconds: 1, drain_seconds: 5, ready_seconds: 30}',
    'secrets: [HA_TOKEN]',
    `config: {url: "http://house/?t=\${${prefix}_HA_TOKEN}"}`,
    '',
  ].join('\n');
const CREW = ['leaky', 'pyleaky', 'literal', 'plain'];

await putSecret('LEAKY_HA_TOKEN', SECRET.file);
const scenario = onInstallation({
  agents: {
    leaky: { 'manifest.yaml': `${leaky('LEAKY')}storage: true\n`, 'logic.ts': logic('leaky/logic.ts') },
    pyleaky: { 'manifest.yaml': leaky('PYLEAKY'), 'logic.py': logic('leaky-python/logic.py') },
    literal: parrot({ mark: 'literal' }, { extra: `secrets: {KEY: ${SECRET.literal}}\n` }),
    needy: parrot({ mark: 'needy' }, { extra: 'secrets: [KEY]\n' }),
    plain: parrot({ mark: 'plain' }),
  },
  env: { HAIREM_SECRETS_DIR: dir, PYLEAKY_HA_TOKEN: SECRET.variable, HAIREM_BACKOFF_BASE_MS: '600000' },
});

const events: string[] = [];
/** Those on which a secret was said. */
const channels = new Set<string>();
const remark = (text: string) => (JSON.parse(text).type === 'context' ? ' context' : '');
const listening = new AbortController();
after(() => listening.abort());

async function listen(installation: Installation): Promise<void> {
  void collect(installation.api.events(listening.signal));
  const monitor = await monitorRedis(installation, ([name = '', channel = '', text = '']) => {
    if (name.toLowerCase() === 'publish' && told(text).length > 0) channels.add(`${channel}${remark(text)}`);
  });
  listening.signal.addEventListener('abort', monitor.close);
}

/** Until the orchestrator ends. */
async function collect(stream: AsyncIterable<unknown>): Promise<void> {
  try {
    for await (const event of stream) events.push(JSON.stringify(event));
  } catch {
    // broken off: what was said until then is what counts
  }
}

const ids = async (installation: Installation) =>
  Object.fromEntries((await installation.api.agents()).map(({ id, container }) => [id, container?.id]));

/** What the API says of one agent, as text. */
async function shown({ api }: Installation, path: string): Promise<string> {
  const { status, body } = await api.call('GET', path);
  assert.equal(status, 200, path);
  return typeof body === 'string' ? body : JSON.stringify(body);
}

scenario('each agent has its own, by both names and in its config, before its code is loaded', async (installation) => {
  await listen(installation);
  await installation.untilActive(CREW, 240_000);
  for (const [id, value] of [
    ['leaky', SECRET.file],
    ['pyleaky', SECRET.variable],
  ] as const) {
    const { result } = await command(installation, id, { name: 'hashes' });
    assert.deepEqual(
      result,
      Array.from({ length: 5 }, () => sha256(value)),
      id,
    );
    assert.deepEqual((await command(installation, id, { name: 'names' })).result, ['HA_TOKEN'], id);
  }
});

scenario('a missing one blocks its agent, saying where it was looked for, until it appears', async (installation) => {
  const { api } = installation;
  const blocked = await eventually('blocked', async () => {
    const record = await api.agent('needy');
    return record.status === 'blocked' ? record : null;
  });
  const line = `the secret KEY is missing: looked for the file ${dir}/needy/KEY (not there); the file ${dir}/NEEDY_KEY (not there); the variable NEEDY_KEY (not set)`;
  assert.deepEqual(blocked.warnings, [`secrets: ${line}`]);
  assert.match(
    await shown(installation, '/api/agents/needy/plan'),
    /needy: block \w+, because the secret KEY is missing/,
  );
  await putSecret('NEEDY_KEY', SECRET.late);
  await installation.untilActive(['needy']);
  const { warnings, secrets } = await api.agent('needy');
  assert.deepEqual([warnings, secrets.map(({ name }) => name)], [[], ['KEY']]);
});

scenario('a changed file is a new instance of its user alone', async (installation) => {
  const before = await ids(installation);
  const { secrets: fingerprints } = await installation.api.agent('leaky');
  const { update } = await untilUpdated(installation, { id: 'leaky' }, () =>
    putSecret('LEAKY_HA_TOKEN', SECRET.rotated),
  );
  assert.deepEqual([update.lane, update.result, update.because], ['restart', 'ok', 'a secret changed']);
  const changed = await ids(installation);
  assert.notEqual(changed.leaky, before.leaky);
  assert.deepEqual({ ...changed, leaky: 0 }, { ...before, leaky: 0 });
  assert.notDeepEqual((await installation.api.agent('leaky')).secrets, fingerprints);
  const { result } = await command(installation, 'leaky', { name: 'hashes' });
  assert.deepEqual(
    result,
    Array.from({ length: 5 }, () => sha256(SECRET.rotated)),
  );
});

scenario(
  'one that its agent refuses leaves the old instance, and the next one is tried at once',
  async (installation) => {
    const before = await ids(installation);
    const { update } = await untilUpdated(installation, { id: 'leaky' }, () => putSecret('LEAKY_HA_TOKEN', SECRET.bad));
    assert.equal(update.result, 'rejected');
    assert.match(update.error?.message ?? '', /the house refused \*\*\*/);
    assert.equal((await ids(installation)).leaky, before.leaky);
    const next = await untilUpdated(installation, { id: 'leaky' }, () => putSecret('LEAKY_HA_TOKEN', SECRET.file));
    assert.equal(next.update.result, 'ok');
  },
);

scenario(
  'an orchestrator with another environment swaps whose variable changed, and nobody else',
  async (installation) => {
    const before = await ids(installation);
    await installation.orchestrator().stop();
    await installation.startOrchestrator({ PYLEAKY_HA_TOKEN: SECRET.changed });
    void collect(installation.api.events(listening.signal));
    await eventually(
      'the new variable is there',
      async () => {
        const { result } = await command(installation, 'pyleaky', { name: 'hashes' });
        return (result as string[]).every((hash) => hash === sha256(SECRET.changed));
      },
      { deadlineMs: 60_000 },
    );
    await installation.untilActive([...CREW, 'needy']);
    const changed = await ids(installation);
    assert.notEqual(changed.pyleaky, before.pyleaky);
    assert.deepEqual({ ...changed, pyleaky: 0 }, { ...before, pyleaky: 0 });
  },
);

scenario('the API shows none: records, updates, plans, logs, replies', async (installation) => {
  const { api } = installation;
  for (const id of ['leaky', 'pyleaky']) {
    for (const name of ['tell', 'fail'])
      assert.deepEqual(told(JSON.stringify(await command(installation, id, { name }))), []);
    await eventually('the crash of its task is told', async () => {
      const { tasks } = await api.agent(id);
      if (tasks.some(({ error }) => error?.includes('crashed with ***'))) return true;
      throw new Error(`${id} has ${JSON.stringify(tasks)}`);
    });
  }
  for (const { id } of await api.agents()) {
    for (const path of ['', '/updates', '/plan', '/logs?tail=1000']) {
      const text = await shown(installation, `/api/agents/${id}${path}`);
      assert.deepEqual(told(text), [], `${id}${path}`);
    }
  }
  const log = await shown(installation, '/api/agents/leaky/logs?tail=1000');
  assert.match(log, /split \*\*\* and on/, 'it did try');
  assert.doesNotMatch(log, /\\u001b/, 'and a terminal is safe from it');
  const { warnings } = await api.agent('literal');
  assert.ok(
    warnings.some((line) => line.includes('"KEY" is written out here')),
    String(warnings),
  );
});

scenario('nor is one in events, or on a channel that is not the own one of an instance', async () => {
  assert.ok(events.length > 10);
  assert.deepEqual(events.flatMap(told), []);
  say(`secrets were said on ${[...channels].sort().join(' ')}`);
  const own = /^re:(leaky|pyleaky|literal|needy):\d+$/;
  const byThemselves = /^agent:user:(leaky|pyleaky)$/; // what the agents tell the user
  const remembered = /^st:(leaky|pyleaky):\d+ context$/; // and what they keep of that, for their own instances
  assert.deepEqual(
    [...channels].filter((channel) => ![own, byThemselves, remembered].some((allowed) => allowed.test(channel))),
    [],
  );
  const heard = new Set([...channels].map((channel) => own.exec(channel)?.[1]));
  for (const id of ['leaky', 'pyleaky', 'needy']) assert.ok(heard.has(id), `the monitor heard the welcome of ${id}`);
});

scenario(
  'nor in containers, images with all their layers, volumes, and what the orchestrator keeps',
  async (installation) => {
    const { installId, root } = installation;
    for (const { Id } of await containersOf(installId)) assert.deepEqual(told(JSON.stringify(await inspect(Id))), []);
    const images = await imagesOf(installId);
    for (const { Id } of images) {
      for (const what of ['json', 'history']) {
        assert.deepEqual(told(JSON.stringify(await engine('GET', `/images/${Id}/${what}`))), []);
      }
    }
    const saved = await textsInImages(
      images.flatMap(({ RepoTags }) => RepoTags ?? []),
      SPELLINGS,
    );
    say(`${images.length} images, ${Math.round(saved.bytes / 2 ** 20)} MiB searched for ${SPELLINGS.length} spellings`);
    assert.deepEqual(saved.found, []);
    assert.ok(saved.bytes > 2 ** 20);
    const volumes = await volumesOf(installId);
    assert.equal(volumes.length, 1);
    for (const name of volumes) {
      const { Mountpoint } = await engine<{ Mountpoint: string }>('GET', `/volumes/${name}`);
      assert.equal(await readFile(join(Mountpoint, 'known'), 'utf8'), sha256(SECRET.file), 'it is the right folder');
      assert.deepEqual(await filesWith(Mountpoint, SPELLINGS), []);
    }
    // The folder of bundles is the user's own, with what they wrote out there.
    assert.deepEqual(await filesWith(root, SPELLINGS, ['agents', 'staging']), []);
  },
);
