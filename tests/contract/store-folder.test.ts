/** A database's process starts with an empty folder that queries may read, or not at all: else they read any file. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startStoreChild } from '../../orchestrator/src/store/spawn-child.ts';

test('a folder with something in it is refused, and an empty one is not', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'hairem-store-folder-'));
  t.after(() => rm(folder, { recursive: true }));
  const emptyFolder = join(folder, 'empty');
  await mkdir(emptyFolder);
  await writeFile(join(emptyFolder, 'secret'), 'x');
  const options = { folder: join(folder, 'data'), emptyFolder, mostBytes: 2 ** 30, querySeconds: 5 };
  const refused = startStoreChild(options, 'agent:eve', () => {});
  await assert.rejects(refused.opened, /SURREAL_FILE_ALLOWLIST is .*; expected an empty folder that exists/);
  await rm(join(emptyFolder, 'secret'));
  const child = startStoreChild(options, 'agent:eve', () => {});
  await child.opened;
  child.close();
  assert.equal(await child.ended, 'exit code 0');
});
