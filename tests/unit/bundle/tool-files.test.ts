/**
 * What tools leave, name by name (left-names.ts). Each is left out inside a bundle at any depth, as a
 * file and as a folder, is no agent at the root, and is not heard by the watcher. And what only looks like it is kept.
 */
import assert from 'node:assert/strict';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { validateBundle } from '../../../orchestrator/src/bundle/validate-bundle.ts';
import { leftBy } from '../../../orchestrator/src/ignored/ignored-names.ts';
import { isHeard, isWatched } from '../../../orchestrator/src/watch/watched-names.ts';
import { ECHO, kinds, scannerOf, settledScanner, temporaryFolder, versionOf, writeFiles } from './bundle-folder.ts';
import { BESIDE, LEFT, OWN } from './left-names.ts';

test('every name is known, and by whom it was left', () => {
  assert.deepEqual(
    LEFT.map(([name]) => [name, leftBy(name)?.by]),
    LEFT,
  );
});

test('some are known by what is beside them', () => {
  for (const [name, beside] of BESIDE) {
    assert.equal(leftBy(name), null, name);
    assert.ok(
      leftBy(name, (other) => other === beside),
      name,
    );
  }
});

test('what is like them is not one of them', () => {
  assert.deepEqual(
    OWN.filter((name) => leftBy(name, (other) => OWN.includes(other)) !== null),
    [],
  );
});

for (const kind of ['files', 'folders'] as const) {
  test(`left as ${kind}: valid, the same hash as without, and each is listed with its reason`, async (t) => {
    const scanner = await settledScanner(t, {
      ...ECHO,
      'echo/lib/a.ts': '',
      'echo/package.json': '{"type": "module"}',
    });
    const before = versionOf({ agents: scanner.memory?.agents ?? [], frozen: null });
    const bundle = join(scanner.agents, 'echo');
    const left = [...LEFT.map(([name]) => name), ...BESIDE.map(([name]) => name)];
    const isThere = (name: string) => name !== 'package.json';
    const paths = [...left, ...LEFT.map(([name]) => `lib/${name}`)].filter(isThere);
    const leave = (path: string) => `echo/${path}${kind === 'files' ? '' : '/logic.ts'}`;
    await writeFiles(scanner.agents, Object.fromEntries(paths.map((path) => [leave(path), 'left'])));
    const { crew, recheckInMs } = await scanner.scan(10_000);
    assert.deepEqual(versionOf(crew), before);
    assert.equal(recheckInMs, null, 'nothing has to settle');
    const { valid, left_out, left_out_count } = await validateBundle(bundle);
    assert.ok(valid);
    const shown = paths.map((path) => path.replace('\r', '?')).sort();
    assert.deepEqual(left_out.map(({ path }) => path).sort(), shown);
    assert.equal(left_out_count, shown.length);
    assert.equal(left_out.find(({ path }) => path === '._logic.ts')?.because, 'macOS');
  });
}

test('at the root none of them is an agent, also with a manifest in it', async (t) => {
  const scanner = await scannerOf(t, ECHO);
  await writeFiles(scanner.agents, Object.fromEntries(LEFT.map(([name]) => [`${name}/manifest.yaml`, 'name: No\n'])));
  assert.deepEqual(kinds((await scanner.settled(0)).crew), ['echo valid']);
});

test('the watcher hears none of them, at the root and at any depth', () => {
  for (const [name] of LEFT) {
    for (const path of [name, `${name}/logic.ts`, `echo/${name}`, `echo/lib/${name}`, `echo/${name}/lib/logic.ts`])
      assert.ok(!isHeard(path), path);
  }
  for (const name of OWN) {
    assert.ok(isHeard(`echo/${name}`), name);
    assert.ok(isHeard(`echo/lib/${name}/a`), name);
  }
});

test('media is left out in the root of a bundle alone', () => {
  const heard = ['media', 'media/manifest.yaml', 'echo/media', 'echo/lib/media/a.ts'];
  assert.deepEqual(
    [...heard, 'echo/media/face.png'].filter((path) => isHeard(path)),
    heard,
  );
  assert.deepEqual(
    [...heard, 'echo/media/face.png'].filter((path) => isWatched(path, null)),
    heard,
  );
});

test('the watcher sets no watch below what cannot come back, nor in a virtual environment of any name', async (t) => {
  const dir = await temporaryFolder(t);
  await writeFiles(dir, { 'echo/env/pyvenv.cfg': '', 'echo/lib/a.py': '' });
  assert.ok(!isWatched('echo/node_modules', null));
  assert.ok(!isWatched('echo/node_modules/a/index.js', null));
  assert.ok(isWatched('echo/notes.bak', null), 'an exception may come');
  assert.ok(!isWatched('echo/env', join(dir, 'echo/env')));
  assert.ok(isWatched('echo/lib', join(dir, 'echo/lib')));
});

const MARKED: readonly [file: string, by: string][] = [
  ['pyvenv.cfg', 'a virtual environment'],
  ['conda-meta/history', 'a virtual environment'],
  ['CACHEDIR.TAG', 'a cache'],
  ['lcov.info', 'a coverage report'],
];

for (const [file, by] of MARKED) {
  test(`a folder of any name with ${file} in it is left out`, async (t) => {
    const scanner = await settledScanner(t, ECHO);
    const before = versionOf({ agents: scanner.memory?.agents ?? [], frozen: null });
    const bundle = join(scanner.agents, 'echo');
    await writeFiles(bundle, { [`lib/py/${file}`]: '', 'lib/py/bin/activate': '' });
    await symlink('/usr/bin/python3', join(bundle, 'lib/py/bin/python'));
    assert.deepEqual(versionOf((await scanner.settled(10_000)).crew), before);
    const { left_out } = await validateBundle(bundle);
    assert.deepEqual(left_out, [{ path: 'lib/py', because: by, perhapsMeant: false }]);
  });
}

test('nothing of what is left out is looked at: a dangling link, a fifo of an editor, a folder that nobody may read', async (t) => {
  const scanner = await settledScanner(t, ECHO);
  const bundle = join(scanner.agents, 'echo');
  await symlink('ann@host.1234', join(bundle, '.#logic.ts'));
  await symlink('/nowhere', join(bundle, '.venv'));
  await mkdir(join(bundle, '@eaDir'), { mode: 0 });
  assert.ok((await validateBundle(bundle)).valid);
  await rm(join(bundle, '.#logic.ts'));
});

const BROUGHT_BACK: readonly [rules: string, path: string, kept: boolean][] = [
  ['!notes.bak', 'notes.bak', true],
  ['!*.bak', 'notes.bak', true],
  ['!lib/*.bak', 'lib/notes.bak', true],
  ['!lib/*.bak', 'notes.bak', false],
  ['!**/*.bak', 'lib/notes.bak', true],
  ['!lib', 'lib/notes.bak', false],
  ['!*', 'notes.bak', false],
  ['!**', 'lib/notes.bak', false],
  ['*\n!*.ts', '._a.ts', false],
  ['*\n!*.bak', 'notes.bak', true],
  ['!*.bak\n*.bak', 'notes.bak', false],
  ['!.vscode', '.vscode/tasks.json', true],
  ['!.vscode', '.vscode/.DS_Store', false],
  ['!.vscode/tasks.json', '.vscode/tasks.json', true],
  ['!.vscode/tasks.json', '.vscode/other.json', false],
  ['!Thumbs.db', 'Thumbs.db', true],
  ['!node_modules', 'node_modules/a.js', false],
  ['!.git', '.git/config', false],
  ['!env', 'env/pyvenv.cfg', true],
];

for (const [rules, path, kept] of BROUGHT_BACK) {
  test(`${JSON.stringify(rules)} ${kept ? 'brings back' : 'does not bring back'} ${path}`, async (t) => {
    const dir = await temporaryFolder(t);
    await writeFiles(dir, { ...ECHO, 'echo/.hairemignore': rules, [`echo/${path}`]: 'x' });
    const { valid, left_out } = await validateBundle(join(dir, 'echo'));
    assert.ok(valid);
    const isOut = left_out.some(
      (out) => path === out.path || (path.startsWith(`${out.path}/`) && !rules.includes('/')),
    );
    const scanner = await scannerOf(t, { ...ECHO, 'echo/.hairemignore': rules });
    await scanner.settled(0);
    const without = versionOf({ agents: scanner.memory?.agents ?? [], frozen: null });
    await writeFiles(scanner.agents, { [`echo/${path}`]: 'x' });
    const withIt = versionOf((await scanner.settled(10_000)).crew);
    assert.equal(withIt.hash !== without.hash, kept);
    if (!kept) assert.ok(isOut || rules.includes('.vscode/'));
  });
}

const ENV_FILES = ['.env', '.env.local', 'lib/.env', '.envrc'];

test('files that may hold secrets are named with where secrets belong', async (t) => {
  const scanner = await scannerOf(t, {
    ...ECHO,
    ...Object.fromEntries(ENV_FILES.map((name) => [`echo/${name}`, 'K=s'])),
  });
  const { valid, problems, left_out } = await validateBundle(join(scanner.agents, 'echo'));
  assert.ok(valid);
  assert.deepEqual(left_out.map(({ path }) => path).sort(), [...ENV_FILES].sort());
  assert.deepEqual(problems.map(({ file }) => file).sort(), [...ENV_FILES].sort());
  for (const { severity, file, message } of problems) {
    assert.equal(severity, 'warning');
    assert.match(
      message,
      new RegExp(`^${file} is not part of the agent.*deploy/secrets/<agent>/NAME.*secrets.*config`),
    );
  }
});

test('a virtual environment in .env is nothing to be told of', async (t) => {
  const scanner = await scannerOf(t, { ...ECHO, 'echo/.env/pyvenv.cfg': '', 'echo/.env/bin/python': '' });
  assert.deepEqual((await validateBundle(join(scanner.agents, 'echo'))).problems, []);
});

test('one that is meant is part of the agent, and no other', async (t) => {
  const files = { 'echo/.env': 'COLOUR=red', 'echo/.env.local': 'K=s', 'echo/.hairemignore': '!.env\n' };
  const scanner = await scannerOf(t, { ...ECHO, ...files });
  const { left_out, problems } = await validateBundle(join(scanner.agents, 'echo'));
  assert.deepEqual(
    [left_out.map(({ path }) => path), problems.map(({ file }) => file)],
    [['.env.local'], ['.env.local']],
  );
});
