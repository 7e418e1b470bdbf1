/** An agent that fills its volume: it is named and stopped, others go on, and started again it may clean up. */
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { volumeName } from '../../orchestrator/src/domain/labels.ts';
import { untilAnswers } from '../support/agents/crew.ts';
import { manifest, parrot } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import { engine } from '../support/host/engine.ts';
import { onInstallation } from '../support/installation/scenario.ts';

const MIB = 2 ** 20;
const dir = mkdtempSync(join(tmpdir(), 'hairem-storage-'));
after(() => rm(dir, { recursive: true }));
const grants = join(dir, 'grants.yaml');
writeFileSync(grants, 'agents:\n  hoarder:\n    storage: 8m\n');

const scenario = onInstallation({
  agents: {
    steady: parrot({ mark: 'steady' }),
    hoarder: { ...parrot({ mark: 'hoarder' }), 'manifest.yaml': manifest({ extra: 'storage: true\n' }) },
  },
  env: { HAIREM_GRANTS_FILE: grants },
});

/** Two looks. */
const LOOKS_MS = 90_000;

scenario('above its limit it is stopped with words, and the rest of the crew goes on', async (it) => {
  const { api, installId } = it;
  await it.untilActive(['steady', 'hoarder']);
  const { Mountpoint } = await engine<{ Mountpoint: string }>('GET', `/volumes/${volumeName(installId, 'hoarder')}`);
  await writeFile(join(Mountpoint, 'hoard'), Buffer.alloc(9 * MIB));
  const stopped = await eventually(
    'it is stopped',
    async () => {
      const record = await api.agent('hoarder');
      return record.status === 'stopped' ? record : null;
    },
    { deadlineMs: LOOKS_MS },
  );
  const { warnings, security, storage_bytes } = stopped;
  assert.ok(
    warnings.some((line) => /^storage: .*holds (9|10) of 8 MiB: remove files .*hairem start hoarder/.test(line)),
    `${warnings}`,
  );
  assert.ok(security.some(({ kind }) => kind === 'hog'));
  assert.ok((storage_bytes ?? 0) >= 9 * MIB);
  await untilAnswers(it, { id: 'steady', mark: 'steady' });
  assert.equal((await api.agent('steady')).status, 'active');
});

scenario('started again it runs, so that it can clean up', async (it) => {
  assert.equal((await it.api.call('POST', '/api/agents/hoarder/start')).status, 202);
  await it.untilActive(['hoarder']);
  const { Mountpoint } = await engine<{ Mountpoint: string }>('GET', `/volumes/${volumeName(it.installId, 'hoarder')}`);
  await rm(join(Mountpoint, 'hoard'));
  await eventually(
    'the warning is gone',
    async () => !(await it.api.agent('hoarder')).warnings.some((line) => line.startsWith('storage: ')),
    { deadlineMs: LOOKS_MS },
  );
  assert.equal((await it.api.agent('hoarder')).status, 'active');
});
