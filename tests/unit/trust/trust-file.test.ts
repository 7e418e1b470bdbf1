/** What was accepted, on disk: whole, private, and told when it cannot be read. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { TrustState } from '../../../orchestrator/src/domain/trust.ts';
import { NO_RIGHTS } from '../../../orchestrator/src/trust/compare-rights.ts';
import { createTrustFile } from '../../../orchestrator/src/trust/trust-file.ts';

let dir = '';
let broken: unknown[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hairem-trust-'));
  broken = [];
});
afterEach(() => rm(dir, { recursive: true }));

const path = () => join(dir, 'trust.json');
const open = () => createTrustFile(path(), (error) => broken.push(error));
const STATE: TrustState = {
  agents: {
    echo: { rights: { ...NO_RIGHTS, topics: ['a'], model: 'http://a/' }, hash: 'h', folder: 'Echo', gone: true },
  },
  names: { ECHO_T: 'echo' },
};

test('what is kept comes back, and nobody else may read it', async () => {
  assert.equal(await open().load(), null);
  await open().save(STATE);
  assert.deepEqual(await open().load(), STATE);
  assert.equal((await stat(path())).mode & 0o777, 0o600);
  assert.deepEqual(broken, []);
});

test('the last of many saves stands', async () => {
  const file = open();
  const saves = [1, 2, 3].map((count) => file.save({ ...STATE, names: { LAST: `a${count}` } }));
  await Promise.all(saves);
  assert.deepEqual((await open().load())?.names, { LAST: 'a3' });
});

test('a file that is broken counts as absent and is told', async () => {
  for (const text of ['{', '[]', '{"agents": {"echo": {"rights": {}}}, "names": {}}', '['.repeat(3000)]) {
    await writeFile(path(), text);
    assert.equal(await open().load(), null, text.slice(0, 20));
  }
  assert.equal(broken.length, 4);
});
