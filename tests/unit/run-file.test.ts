/** The runner of test files: one that hangs is told to end, and so are all when the runner is. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { endRunning, runFile } from '../run/run-file.ts';
import { eventually } from '../support/eventually.ts';

let folder: string;
before(async () => {
  delete process.env.NODE_TEST_CONTEXT; // under `node --test` a file reports to that
  folder = await mkdtemp(join(tmpdir(), 'hairem-run-file-'));
});
after(() => rm(folder, { recursive: true }));

async function fileWith(name: string, body: string): Promise<string> {
  const file = join(folder, `${name}.test.mjs`);
  const imports = "import { test } from 'node:test';\nimport { writeFileSync } from 'node:fs';";
  await writeFile(file, `${imports}\n${body}\n`);
  return file;
}

test('when the runner ends, a file that runs is told, and may remove what it made', async () => {
  const [begun, removed] = [join(folder, 'begun'), join(folder, 'removed')];
  const file = await fileWith(
    'hangs',
    `process.on('SIGTERM', () => { writeFileSync(${JSON.stringify(removed)}, ''); process.exit(1); });
     test('hangs', () => { writeFileSync(${JSON.stringify(begun)}, String(process.pid)); return new Promise(() => setInterval(() => {}, 1000)); });`,
  );
  const ran = runFile({ file, timeoutMs: 60_000 });
  await eventually('it runs', () => existsSync(begun));
  await endRunning();
  assert.equal(existsSync(removed), true);
  const pid = Number(await readFile(begun, 'utf8'));
  assert.throws(() => process.kill(pid, 0), 'it is gone');
  const result = await ran;
  assert.deepEqual([result.passed, result.failed], [0, 1]);
});

test('one that is still running at its deadline is a failure, with the reason', async () => {
  const file = await fileWith('slow', "test('slow', () => new Promise(() => setInterval(() => {}, 1000)));");
  const { failures } = await runFile({ file, timeoutMs: 500 });
  assert.match(failures.map(({ error }) => error).join(), /it was still running after 0.5 s/);
});

test('one that passes is counted', async () => {
  const file = await fileWith('passes', "test('one', () => {});\ntest('two', { skip: true }, () => {});");
  const { passed, failed, skipped } = await runFile({ file, timeoutMs: 60_000 });
  assert.deepEqual([passed, failed, skipped], [1, 0, 1]);
});
