/** A bundle as Macs, NAS, Windows, editors and others leave it: valid, and the same hash as without their files. */
import assert from 'node:assert/strict';
import { chmod, chown, readdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { validateBundle } from '../../../orchestrator/src/bundle/validate-bundle.ts';
import { type Files, LOGIC, MANIFEST, type Scanner, settledScanner, versionOf, writeFiles } from './bundle-folder.ts';
import { LEAVINGS } from './leavings.ts';

const BUNDLE: Files = {
  'echo/manifest.yaml': `${MANIFEST}network: {egress: none}\n`,
  'echo/persona.yaml': 'prompt: |\n  Say it\n  again.\n',
  'echo/logic.ts': LOGIC,
  'echo/lib/a.ts': 'export const a = 1;\n',
  'echo/lib/run.sh': '#!/bin/sh\n',
  'echo/lib/__init__.py': '',
  'echo/media/face.png': 'x',
};

const current = ({ memory }: Scanner) => versionOf({ agents: memory?.agents ?? [], frozen: null });

async function everything(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true });
  return entries.map((path) => join(dir, path));
}

for (const [tool, leave] of Object.entries(LEAVINGS)) {
  test(`as ${tool} leaves it`, async (t) => {
    const scanner = await settledScanner(t, BUNDLE);
    const before = current(scanner);
    const bundle = join(scanner.agents, 'echo');
    await leave(bundle);
    const { valid, problems, left_out } = await validateBundle(bundle);
    assert.deepEqual([valid, problems], [true, []]);
    assert.ok(left_out.length > 0);
    await scanner.settled(10_000);
    assert.deepEqual(current(scanner), before);
    scanner.memory = null;
    await scanner.settled(20_000);
    assert.deepEqual(current(scanner), before, 'also where it is seen for the first time');
  });
}

test('as all of them leave it', async (t) => {
  const scanner = await settledScanner(t, BUNDLE);
  const before = current(scanner);
  const { 'a submodule': _other, ...leavings } = LEAVINGS;
  const apart = [leavings['a Mac over SMB'], leavings['a Synology'], leavings['the Explorer of Windows'], leavings.vim];
  for (const leave of apart) await leave?.(join(scanner.agents, 'echo'));
  await scanner.settled(10_000);
  assert.deepEqual(current(scanner), before);
});

const HOSTS: readonly [what: string, change: (path: string, isFolder: boolean) => Promise<unknown>][] = [
  ['every mode 0777, as a share has it', (path) => chmod(path, 0o777)],
  ['every mode as narrow as it can be', (path, isFolder) => chmod(path, isFolder ? 0o700 : 0o600)],
  ['files that are all executable', (path, isFolder) => chmod(path, isFolder ? 0o755 : 0o755)],
  ['other times, by whole seconds', (path) => utimes(path, 1_000_000_000, 1_000_000_000)],
  ['another owner', async (path) => (process.getuid?.() === 0 ? chown(path, 1026, 100) : undefined)],
];

for (const [what, change] of HOSTS) {
  test(`${what}: the same hash`, async (t) => {
    const scanner = await settledScanner(t, BUNDLE);
    const before = current(scanner);
    for (const path of await everything(join(scanner.agents, 'echo')))
      await change(path, (await stat(path)).isDirectory());
    await scanner.settled(10_000);
    assert.deepEqual(current(scanner), before);
  });
}

test('scripts and programs can be executed in the image, whatever the host says; nothing else can', async (t) => {
  const scanner = await settledScanner(t, {
    ...BUNDLE,
    'echo/lib/tool': Buffer.from('\x7fELF\x02\x01\x01', 'latin1'),
    'echo/lib/cli.ts': '#!/usr/bin/env node\nconst a: number = 1;\n',
  });
  await chmod(join(scanner.agents, 'echo/lib/a.ts'), 0o755);
  await scanner.settled(10_000);
  const [agent] = scanner.memory?.agents ?? [];
  assert.ok(agent?.kind === 'valid');
  const lib = join(agent.snapshot.dir, 'code/lib');
  const modes = (await readdir(lib)).map(async (name) => [
    name,
    ((await stat(join(lib, name))).mode & 0o777).toString(8),
  ]);
  assert.deepEqual(Object.fromEntries(await Promise.all(modes)), {
    '__init__.py': '644',
    'a.ts': '644',
    'cli.ts': '755',
    'run.sh': '755',
    tool: '755',
  });
});

test('names in the Unicode form of a Mac are those of everybody else, in the hash and in the image', async (t) => {
  const composed = await settledScanner(t, { ...BUNDLE, 'echo/lib/éà/Zoë.ts': '// é\n' });
  const decomposed = await settledScanner(t, { ...BUNDLE, [`echo/lib/${'éà/Zoë.ts'.normalize('NFD')}`]: '// é\n' });
  assert.deepEqual(current(decomposed), current(composed));
  const [agent] = decomposed.memory?.agents ?? [];
  assert.ok(agent?.kind === 'valid');
  assert.match(await readFile(join(agent.snapshot.dir, 'code/lib/éà/Zoë.ts'), 'utf8'), /^\/\/ é/);
  await rename(join(composed.agents, 'echo/lib/éà'), join(composed.agents, 'echo/lib', 'éà'.normalize('NFD')));
  const before = current(composed);
  await composed.settled(10_000);
  assert.deepEqual(current(composed), before, 'nor is it an update when only the form changes');
});

test('.hairemignore means a name in either form', async (t) => {
  const rules = { ...BUNDLE, 'echo/.hairemignore': 'Zoë.md\n' };
  const without = await settledScanner(t, rules);
  const withIt = await settledScanner(t, { ...rules, [`echo/${'Zoë.md'.normalize('NFD')}`]: 'x' });
  assert.deepEqual(current(withIt), current(without));
});

test('line ends and the mark of Windows in what is read as text change nothing; code is taken as it is', async (t) => {
  const scanner = await settledScanner(t, { ...BUNDLE, 'echo/.hairemignore': '*.md\nnotes\n' });
  const before = current(scanner);
  const bundle = join(scanner.agents, 'echo');
  for (const name of ['manifest.yaml', 'persona.yaml', '.hairemignore']) {
    const text = await readFile(join(bundle, name), 'utf8');
    await writeFile(join(bundle, name), `\uFEFF${text.replaceAll('\n', '\r\n')}`);
  }
  await writeFiles(bundle, { 'README.md': 'x', 'notes/a': 'x' });
  await scanner.settled(10_000);
  assert.deepEqual(current(scanner), before);
  await writeFile(join(bundle, 'logic.ts'), `\uFEFF${LOGIC.replaceAll('\n', '\r\n')}`);
  await scanner.settled(20_000);
  assert.notEqual(current(scanner).codeHash, before.codeHash);
});

test('.hairemignore in another encoding is told, with its line', async (t) => {
  const scanner = await settledScanner(t, BUNDLE);
  await writeFile(join(scanner.agents, 'echo/.hairemignore'), Buffer.from('a\nZo\xeb\n', 'latin1'));
  const scan = await scanner.settled(10_000);
  assert.match(JSON.stringify(scan), /"file":"\.hairemignore","line":2,.*not UTF-8/);
});

test('a folder that holds what tools leave alone is none of the bundle: lib/ asks for no word on the network', async (t) => {
  const files = { 'echo/manifest.yaml': MANIFEST, 'echo/logic.ts': LOGIC };
  const scanner = await settledScanner(t, {
    ...files,
    'echo/lib/.DS_Store': 'x',
    'echo/drivers/__pycache__/x.pyc': 'x',
  });
  const [agent] = scanner.memory?.agents ?? [];
  assert.deepEqual(agent?.kind === 'valid' && agent.warnings, []);
});

test('an ignored name does not stand in the way of one that is like it', async (t) => {
  const scanner = await settledScanner(t, { ...BUNDLE, 'echo/.hairemignore': 'lib/A.ts\n' });
  const before = current(scanner);
  await writeFiles(scanner.agents, { 'echo/lib/A.ts': 'x' });
  await scanner.settled(10_000);
  assert.deepEqual(current(scanner), before);
});
