/** What SECURITY.md refuses, made for real: rejected after a bounded number of looks, nothing of it read. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, readdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createCodeChecker } from '../../../orchestrator/src/bundle/code/code-checker.ts';
import { LOCAL_LISTER, REMOTE_LISTER } from '../../../orchestrator/src/bundle/files/folder-lister.ts';
import { lookAtBundle, readBundle } from '../../../orchestrator/src/bundle/read-bundle.ts';
import { validateBundle } from '../../../orchestrator/src/bundle/validate-bundle.ts';
import { costOf } from '../../support/builders/cost.ts';
import { MANIFEST, temporaryFolder, writeFiles } from './bundle-folder.ts';

async function bundle(t: TestContext): Promise<string> {
  const dir = await temporaryFolder(t);
  await writeFiles(dir, { 'echo/manifest.yaml': MANIFEST, 'echo/logic.ts': 'export class Agent extends BaseAgent {}' });
  return join(dir, 'echo');
}

async function problemsOf(path: string): Promise<string> {
  const { valid, problems } = await validateBundle(path);
  assert.equal(valid, false);
  return problems.map(({ message }) => message).join('\n');
}

test('a link to a host file', async (t) => {
  const path = await bundle(t);
  await symlink('/etc/passwd', join(path, 'notes.txt'));
  assert.match(await problemsOf(path), /notes.txt is a symbolic link/);
});

test('a manifest that is a link', async (t) => {
  const path = await bundle(t);
  await rm(join(path, 'manifest.yaml'));
  await symlink('/etc/passwd', join(path, 'manifest.yaml'));
  assert.match(await problemsOf(path), /manifest.yaml is a symbolic link/);
});

test('an ignore file that is a link is not read', async (t) => {
  const path = await bundle(t);
  await symlink('/etc/passwd', join(path, '.hairemignore'));
  assert.match(await problemsOf(path), /.hairemignore is a symbolic link/);
});

test('a bundle that is a link, and a media folder that is one', async (t) => {
  const path = await bundle(t);
  await symlink(path, `${path}2`);
  assert.match(await problemsOf(`${path}2`), /the bundle is a symbolic link/);
  await symlink('/etc', join(path, 'media'));
  assert.match(await problemsOf(path), /media is a symbolic link/);
});

test('a bundle that is a file, and one that is not there', async (t) => {
  const path = await bundle(t);
  assert.match(await problemsOf(join(path, 'logic.ts')), /the bundle is a file/);
  await assert.rejects(validateBundle(`${path}-none`), { code: 'not_found' });
});

test('a fifo, also as the manifest', async (t) => {
  const path = await bundle(t);
  execFileSync('mkfifo', [join(path, 'pipe')]);
  assert.match(await problemsOf(path), /pipe is a fifo/);
  await rm(join(path, 'manifest.yaml'));
  execFileSync('mkfifo', [join(path, 'manifest.yaml')]);
  assert.match(await problemsOf(path), /manifest.yaml is a fifo/);
});

test('a socket', async (t) => {
  const path = await bundle(t);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(path, 's'), resolve));
  t.after(() => server.close());
  assert.match(await problemsOf(path), /s is a socket/);
});

test('a device', { skip: process.getuid?.() !== 0 }, async (t) => {
  const path = await bundle(t);
  execFileSync('mknod', [join(path, 'null'), 'c', '1', '3']);
  assert.match(await problemsOf(path), /null is a device/);
});

test('a file of 60 MB, and many that are too much together', async (t) => {
  const path = await bundle(t);
  await writeFile(join(path, 'big'), '');
  await truncate(join(path, 'big'), 60 * 1024 * 1024);
  assert.match(await problemsOf(path), /big is larger than 10485760 bytes/);
  await rm(join(path, 'big'));
  for (let i = 0; i < 6; i++) {
    await writeFile(join(path, `part${i}`), '');
    await truncate(join(path, `part${i}`), 9 * 1024 * 1024);
  }
  assert.match(await problemsOf(path), /holds more than 52428800 bytes/);
});

test('10,000 files', async (t) => {
  const path = await bundle(t);
  await mkdir(join(path, 'many'));
  await writeFile(join(path, 'many/0'), '');
  execFileSync('sh', ['-c', 'i=1; while [ $i -lt 10000 ]; do : > $i; i=$((i+1)); done'], { cwd: join(path, 'many') });
  assert.match(await problemsOf(path), /holds more than 5000 files/);
  let looks = 0;
  const lstat: typeof LOCAL_LISTER.lstat = (at) => {
    looks += 1;
    return LOCAL_LISTER.lstat(at);
  };
  await lookAtBundle({ dir: join(path, '..'), folder: 'echo', lister: { ...LOCAL_LISTER, lstat } });
  assert.ok(looks < 5_100, `${looks} looks`);
});

test('depth 50, left out or not', async (t) => {
  const path = await bundle(t);
  await mkdir(join(path, 'd/'.repeat(50)), { recursive: true });
  assert.match(await problemsOf(path), /is nested deeper than 16 levels/);
  await writeFiles(path, { '.hairemignore': 'd\n' });
  assert.equal((await validateBundle(path)).valid, true);
});

test('names that differ in case only', async (t) => {
  const path = await bundle(t);
  await writeFiles(path, { 'lib/Straße.ts': '', 'lib/STRASSE.ts': '' });
  assert.match(await problemsOf(path), /differs from "STRASSE.ts" only in case/);
});

for (const [what, name, expected] of [
  ['a line break', 'a\nb', /a\?b has a control character/],
  ['a backslash', 'a\\b', /has a slash or a backslash/],
  ['no UTF-8', Buffer.from([0x61, 0xff]), /not valid UTF-8/],
] as const) {
  test(`a name with ${what}`, async (t) => {
    const path = await bundle(t);
    await writeFile(Buffer.concat([Buffer.from(`${path}/`), Buffer.from(name)]), '');
    assert.match(await problemsOf(path), expected);
  });
}

test('a manifest of 500 KB', async (t) => {
  const path = await bundle(t);
  await writeFiles(path, { 'manifest.yaml': 'a: &a {}\n'.repeat(60_000) });
  assert.match(await problemsOf(path), /larger than 65536 bytes/);
});

test('two logic files', async (t) => {
  const path = await bundle(t);
  await writeFiles(path, { 'logic.py': '' });
  assert.match(await problemsOf(path), /expected one logic file, found logic.py and logic.ts/);
});

test('a runtime against the logic file', async (t) => {
  const path = await bundle(t);
  await writeFiles(path, { 'manifest.yaml': `${MANIFEST}runtime: python\n` });
  assert.match(await problemsOf(path), /expected node because of logic.ts, found python/);
});

test('a second BaseAgent among the dependencies, with its line', async (t) => {
  const path = await bundle(t);
  await writeFiles(path, { 'package.json': '{\n  "dependencies": {\n    "@hairem/agent": "1"\n  }\n}\n' });
  const { problems } = await validateBundle(path);
  assert.deepEqual(
    problems.map(({ file, line, column }) => [file, line, column]),
    [['package.json', 3, 5]],
  );
});

test('what pip could not find, and a second BaseAgent, each with its line', async (t) => {
  const path = await bundle(t);
  await rm(join(path, 'logic.ts'));
  const lines = ['idna==3.7', '-r more.txt', './wheels/a.whl', '--constraint=c.txt', 'Hairem>=1', 'hairem-tools', ''];
  await writeFiles(path, { 'logic.py': 'class Agent(BaseAgent): pass\n', 'requirements.txt': lines.join('\n') });
  const { problems } = await validateBundle(path);
  assert.deepEqual(
    problems.map(({ file, line, message }) => `${file}:${line} ${message.split(':')[0]}`),
    [
      'requirements.txt:2 expected packages, found "-r more.txt"',
      'requirements.txt:3 expected packages, found "./wheels/a.whl"',
      'requirements.txt:4 expected packages, found "--constraint c.txt"',
      'requirements.txt:5 remove hairem',
    ],
  );
});

test('a logic file without a class Agent', async (t) => {
  const path = await bundle(t);
  await writeFiles(path, { 'logic.ts': 'export class Lamp extends BaseAgent {}' });
  assert.match(await problemsOf(path), /expected export class Agent extends BaseAgent, found class Lamp/);
});

test('a package.json that is no JSON', async (t) => {
  const path = await bundle(t);
  await writeFiles(path, { 'package.json': '{\n  oops\n}' });
  assert.match(await problemsOf(path), /is not JSON/);
});

/** Looks, lets `swap` happen, then reads what the look had accepted. */
async function readAfter(t: TestContext, files: Record<string, string>, swap: (path: string) => Promise<void>) {
  const dir = await temporaryFolder(t);
  await writeFiles(join(dir, 'echo'), { 'manifest.yaml': MANIFEST, ...files });
  await writeFiles(join(dir, 'secret'), { 'a.ts': 'host' });
  const checker = createCodeChecker();
  t.after(() => checker.close());
  const where = { dir, folder: 'echo', lister: LOCAL_LISTER };
  const request = { ...where, workDir: join(dir, 'work'), baseHashes: {}, checker };
  const walk = await lookAtBundle(request);
  assert.ok(walk !== null);
  assert.deepEqual(walk.problems, []);
  await swap(join(dir, 'echo'));
  const read = await readBundle(request, walk);
  assert.deepEqual(await readdir(join(dir, 'work')).catch(() => []), [], 'no snapshot stays');
  return read.kind;
}

test('a folder that is swapped for a link after the look is not followed', async (t) => {
  const kind = await readAfter(t, { 'lib/a.ts': 'mine' }, async (path) => {
    await rename(join(path, 'lib'), join(path, '../lib-before'));
    await symlink('../secret', join(path, 'lib'));
  });
  assert.equal(kind, 'changed');
});

test('a file that is swapped for a link, a fifo or another file after the look is not read', async (t) => {
  const swaps = [
    (file: string) => symlink('/etc/passwd', file),
    async (file: string) => void execFileSync('mkfifo', [file]),
    (file: string) => copyFile('/etc/hostname', file),
  ];
  for (const swap of swaps) {
    const kind = await readAfter(t, { 'lib/a.ts': 'mine' }, async (path) => {
      await rm(join(path, 'lib/a.ts'));
      await swap(join(path, 'lib/a.ts'));
    });
    assert.equal(kind, 'changed');
  }
});

test('the whole bundle swapped for a link after the look is not followed', async (t) => {
  const kind = await readAfter(t, { 'lib/a.ts': 'mine' }, async (path) => {
    await rename(path, `${path}-before`);
    await symlink('secret', path);
  });
  assert.equal(kind, 'changed');
});

test('a remote file system is walked with the same outcome', async (t) => {
  const path = await bundle(t);
  await writeFiles(path, { 'lib/a.ts': 'a', 'lib/b/c.ts': 'c' });
  const request = { dir: join(path, '..'), folder: 'echo' };
  const local = await lookAtBundle({ ...request, lister: LOCAL_LISTER });
  assert.deepEqual(await lookAtBundle({ ...request, lister: REMOTE_LISTER }), local);
  assert.equal(await lookAtBundle({ ...request, folder: 'none', lister: REMOTE_LISTER }), null);
});

test('thousands of unknown keys cost no more than their reading', async (t) => {
  const path = await bundle(t);
  const keys = (make: (i: number) => string) => Array.from({ length: 1000 }, (_, i) => `${make(i)}: 1`).join('\n');
  const cost = async (manifest: string) => {
    await writeFiles(path, { 'manifest.yaml': manifest });
    return costOf(async () => assert.equal((await validateBundle(path)).valid, true));
  };
  await cost(MANIFEST);
  const known = await cost(`${MANIFEST}config:\n${keys((i) => `  k${i}`)}`);
  const unknown = await cost(`${MANIFEST}${keys((i) => `capabilitiez${i}`)}`);
  assert.ok(unknown < 5 * known, `${unknown} ms, and ${known} ms for as many known ones`);
});

test('TypeScript that is too large is said before it is read for long', async (t) => {
  const path = await bundle(t);
  await writeFiles(path, { 'lib/large.ts': 'const a: number = 1;\n'.repeat(110_000) });
  assert.match(await problemsOf(path), /lib\/large\.ts is larger than 2097152 bytes, too much to strip/);
  await rm(join(path, 'lib/large.ts'));
  const source = 'const a: number = 1;\n'.repeat(90_000);
  await writeFiles(path, Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`lib/${n}.ts`, source])));
  assert.match(await problemsOf(path), /lib\/5\.ts is more than 8388608 bytes with the others/);
});
