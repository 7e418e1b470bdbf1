/** A database that dies, one that is full, services that are killed: only the owner feels it, and it is named. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { systemClock } from '../../orchestrator/src/process/system-clock.ts';
import { createStoreClient } from '../../orchestrator/src/store/client.ts';
import { command } from '../support/agents/command.ts';
import { memo } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import type { Installation } from '../support/installation/installation.ts';
import { onInstallation } from '../support/installation/scenario.ts';

const CREW = ['honest', 'eve', 'small'];
const MIB = 2 ** 20;
const dir = mkdtempSync(join(tmpdir(), 'hairem-database-'));
after(() => rm(dir, { recursive: true }));
const grants = join(dir, 'grants.yaml');
writeFileSync(grants, 'agents:\n  small:\n    database: 3m\n');
const scenario = onInstallation({
  agents: { honest: memo('node'), eve: memo('node'), small: memo('node') },
  env: { HAIREM_GRANTS_FILE: grants },
});

const ask = (it: Installation, id: string, surql: string) =>
  command(it, id, { name: 'query', args: { surql }, waitSeconds: 60 });
const reasons = async ({ api }: Installation) =>
  ((await api.call('GET', '/api/status')).body as { reasons: string[] }).reasons;

/** The process of an agent's database in this installation. */
function databaseOf({ root }: Installation, agent: string): number | null {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found = pids.find((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return words.includes(`agent:${agent}`) && words.some((word) => word.startsWith(root));
    } catch {
      return false;
    }
  });
  return found === undefined ? null : Number(found);
}

scenario('the texts that read files are refused at the door', async (it) => {
  await it.startServices();
  await it.untilActive(CREW, 240_000);
  for (const path of ['/proc/self/environ', '/services/redis/memory.password']) {
    const text = `DEFINE ANALYZER x TOKENIZERS blank FILTERS mapper('${path}')`;
    const { status, error } = await ask(it, 'eve', text);
    assert.equal(status, 'error');
    assert.match(String(error), /DEFINE ANALYZER is not for agents/);
  }
});

scenario(
  'a query that crashes the engine is its owner’s alone: an error, a security event, nobody else',
  async (it) => {
    await ask(it, 'honest', 'CREATE memory SET content = "still here"');
    const past = createStoreClient({ path: String(it.env.HAIREM_STORE_SOCKET), clock: systemClock, onStatus() {} });
    const surql = `RETURN 1${'+1'.repeat(100_000)}`;
    const call = { database: 'agent:eve', method: 'memory.query', args: [{ id: 'crash', surql, vars: {} }] } as const;
    await assert.rejects(past.call({ ...call, request: 'crash' }), { code: 'refused' });
    await assert.rejects(past.call({ ...call, request: 'crash' }), { code: 'refused' });
    past.close();
    assert.deepEqual((await ask(it, 'honest', 'SELECT VALUE content FROM memory')).result, [['still here']]);
    assert.deepEqual((await ask(it, 'eve', 'RETURN 1')).result, [1]);
    await eventually('it is named within seconds', async () => {
      const { security } = await it.api.agent('eve');
      return security.some(({ kind, message }) => kind === 'hog' && /memory\.query \(request crash\)/.test(message));
    });
    assert.deepEqual((await it.api.agent('honest')).security, []);
  },
);

scenario('a database that dies three times in a minute is closed, and the status names whose it is', async (it) => {
  for (let n = 0; n < 3; n += 1) {
    const running = ask(it, 'eve', 'FOR $i IN 0..1000000000 { LET $x = $i }');
    const pid = await eventually('it runs', () => databaseOf(it, 'eve'), { intervalMs: 50 });
    await systemClock.sleep(500); // until it works on it
    process.kill(pid, 'SIGKILL');
    const { status } = await running;
    assert.equal(status, 'error');
    if ((await reasons(it)).some((reason) => reason.startsWith('store: '))) break;
  }
  await eventually('degraded', async () => (await reasons(it)).some((line) => /^store: eve: .*3 times/.test(line)));
  assert.match(String((await ask(it, 'eve', 'RETURN 1')).error), /closed for a minute/);
  assert.deepEqual((await ask(it, 'honest', 'RETURN 1')).result, [1]);
});

scenario('a full database keeps nothing more, with words; reading goes on', async (it) => {
  const fill = 'FOR $i IN 0..400 { CREATE junk SET x = rand::string(1000) }';
  const refusal = await eventually(
    'it is refused',
    async () => {
      const { error } = await ask(it, 'small', fill);
      return error && /MiB of at most 3 MiB/.test(String(error)) ? String(error) : null;
    },
    { deadlineMs: 60_000 },
  );
  assert.match(refusal, /memory of small holds .* raise `database` of small in deploy\/grants\.yaml/);
  assert.equal((await ask(it, 'small', 'SELECT count() FROM junk GROUP ALL')).status, 'success');
  await eventually('it is shown', async () => {
    const { database_bytes, warnings } = await it.api.agent('small');
    return (database_bytes ?? 0) >= 3 * MIB && warnings.some((line) => line.startsWith('database: its memory holds'));
  });
  assert.equal((await ask(it, 'honest', 'CREATE memory SET content = "room"')).status, 'success');
});

scenario('services that are killed again and again are told of, and come back', async (it) => {
  for (let n = 0; n < 3; n += 1) {
    await it.services().kill('SIGKILL');
    await it.startServices();
  }
  await eventually('degraded', async () =>
    (await reasons(it)).some((line) => /^services: the services were started 3 times within 60 s/.test(line)),
  );
  assert.deepEqual((await ask(it, 'honest', 'RETURN 1')).result, [1]);
});
