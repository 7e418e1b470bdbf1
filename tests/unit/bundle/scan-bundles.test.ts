/** The agents folder over time, on a real file system. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { validateBundle } from '../../../orchestrator/src/bundle/validate-bundle.ts';
import type { Version } from '../../../orchestrator/src/domain/version.ts';
import { costOf } from '../../support/builders/cost.ts';
import {
  ECHO,
  type Files,
  kinds,
  LOGIC,
  MANIFEST,
  problemsOf,
  type Scanner,
  scannerOf,
  settledScanner,
  versionOf,
  writeFiles,
} from './bundle-folder.ts';

test('a new bundle settles for a second, then is valid and quiet', async (t) => {
  const scanner = await scannerOf(t, ECHO);
  const first = await scanner.scan(0);
  assert.deepEqual([kinds(first.crew), first.recheckInMs], [['echo settling'], 1_000]);
  const last = await scanner.scan(1_000);
  assert.deepEqual([kinds(last.crew), last.recheckInMs], [['echo valid'], null]);
});

test('on the first scan what has been quiet for long is accepted at once', async (t) => {
  const scanner = await scannerOf(t, ECHO);
  const { crew } = await scanner.scan(0, { wallLead: 10_000 });
  assert.deepEqual(kinds(crew), ['echo valid']);
});

test('a save of a known bundle is accepted by the confirming look 40 ms later', async (t) => {
  const scanner = await settledScanner(t, ECHO);
  await writeFiles(scanner.agents, { 'echo/logic.ts': `${LOGIC}// more\n` });
  const seen = await scanner.scan(10_000);
  assert.deepEqual([kinds(seen.crew), seen.recheckInMs], [['echo settling'], 40]);
  const accepted = await scanner.scan(10_040);
  assert.deepEqual([kinds(accepted.crew), accepted.recheckInMs], [['echo valid'], null]);
});

test('a change between the two looks is not accepted with what was read before', async (t) => {
  const scanner = await settledScanner(t, ECHO);
  await writeFiles(scanner.agents, { 'echo/logic.ts': `${LOGIC}// one` });
  await scanner.scan(10_000);
  await writeFiles(scanner.agents, { 'echo/logic.ts': `${LOGIC}// two` });
  const further = await scanner.scan(10_040);
  assert.deepEqual([kinds(further.crew), further.recheckInMs], [['echo settling'], 80]);
  await scanner.scan(10_120);
  const agent = scanner.memory?.agents[0];
  assert.ok(agent?.kind === 'valid');
  assert.match(await readFile(join(agent.snapshot.dir, 'code/logic.ts'), 'utf8'), /\/\/ two\n/);
});

test('content that changes under equal timestamps is found while they are fresh', async (t) => {
  const scanner = await settledScanner(t, ECHO);
  const before = scanner.memory?.agents[0];
  await writeFiles(scanner.agents, { 'echo/logic.ts': `${LOGIC}// one` });
  const fresh = { wallLead: -5_000 };
  await scanner.scan(10_000, fresh);
  const accepted = await scanner.scan(10_040, fresh);
  assert.deepEqual(
    [kinds(accepted.crew), accepted.recheckInMs],
    [['echo valid'], 500],
    'accepted, and looked at again',
  );
  assert.notDeepEqual(before, accepted.crew.agents[0]);
  const proven = await scanner.scan(14_000, fresh);
  assert.equal(proven.recheckInMs, null);
});

test('an untouched bundle is not read again', async (t) => {
  const scanner = await settledScanner(t, ECHO);
  const before = scanner.memory?.bundles.get('echo');
  await scanner.scan(20_000);
  assert.equal(scanner.memory?.bundles.get('echo'), before);
});

test('the snapshot holds code apart from dependencies, with normalised modes and times', async (t) => {
  const scanner = await settledScanner(t, {
    ...ECHO,
    'echo/persona.yaml': 'prompt: hi\n',
    'echo/package.json': '{"dependencies": {"left": "1.0.0"}}',
    'echo/package-lock.json': '{"lockfileVersion": 3, "packages": {}}',
    'echo/lib/a.ts': 'a',
    'echo/media/x.png': 'x',
    'echo/node_modules/y/index.js': 'y',
    'echo/lib/__pycache__/z.pyc': 'z',
    'echo/.hairemignore': '*.md\n',
    'echo/README.md': 'left out',
  });
  const agent = scanner.memory?.agents[0];
  assert.ok(agent?.kind === 'valid');
  const { dir, hasDependencies, hasLock } = agent.snapshot;
  const files = (await readdir(dir, { recursive: true })).sort();
  assert.deepEqual(files, [
    'code',
    'code/lib',
    'code/lib/a.ts',
    'code/logic.ts',
    'deps',
    'deps/package-lock.json',
    'deps/package.json',
  ]);
  assert.deepEqual([hasDependencies, hasLock], [true, true]);
  for (const file of files) {
    const { mode, mtimeMs } = await stat(join(dir, file));
    assert.deepEqual([file, mtimeMs], [file, 0]);
    assert.equal(mode & 0o777, /\.(ts|json)$/.test(file) ? 0o644 : 0o755);
  }
});

test('a package.json that asks for nothing is code', async (t) => {
  const scanner = await settledScanner(t, { ...ECHO, 'echo/package.json': '{"type": "module"}' });
  const agent = scanner.memory?.agents[0];
  assert.ok(agent?.kind === 'valid');
  assert.equal(agent.snapshot.hasDependencies, false);
  assert.deepEqual((await readdir(join(agent.snapshot.dir, 'code'))).sort(), ['logic.ts', 'package.json']);
});

const LANES: [string, Files, readonly (keyof Version)[]][] = [
  ['logic', { 'echo/logic.ts': `${LOGIC}// x` }, ['codeHash', 'imageHash', 'hash']],
  ['a driver', { 'echo/lib/new.ts': '// x' }, ['codeHash', 'imageHash', 'hash']],
  ['persona', { 'echo/persona.yaml': 'prompt: hi\n' }, ['softHash', 'hash']],
  ['config', { 'echo/manifest.yaml': `${MANIFEST}config: {a: 1}\n` }, ['softHash', 'hash']],
  ['resources', { 'echo/manifest.yaml': `${MANIFEST}resources: {memory: 300m}\n` }, ['specHash', 'hash']],
  ['topics', { 'echo/manifest.yaml': `${MANIFEST}topics: {send_to: [renarde]}\n` }, ['specHash', 'hash']],
  ['the update policy', { 'echo/manifest.yaml': `${MANIFEST}update: {drain_seconds: 3}\n` }, ['hash']],
  ['dependencies', { 'echo/package.json': '{"dependencies": {"b": "2.0.0"}}' }, ['depsHash', 'imageHash', 'hash']],
  ['media', { 'echo/media/face.png': 'x' }, []],
  ['a comment in the manifest', { 'echo/manifest.yaml': `# hello\n${MANIFEST}` }, []],
];

for (const [what, change, expected] of LANES) {
  test(`a change of ${what} changes ${expected.join(', ') || 'no hash'}`, async (t) => {
    const scanner = await settledScanner(t, { ...ECHO, 'echo/package.json': '{"dependencies": {"a": "1.0.0"}}' });
    const before = versionOf({ agents: scanner.memory?.agents ?? [], frozen: null });
    await writeFiles(scanner.agents, change);
    const after = versionOf((await scanner.settled(10_000)).crew);
    const hashes = ['codeHash', 'depsHash', 'imageHash', 'specHash', 'softHash', 'hash'] as const;
    assert.deepEqual(hashes.filter((name) => before[name] !== after[name]).sort(), [...expected].sort());
  });
}

test('another base image is another image of the same code', async (t) => {
  const scanner = await settledScanner(t, ECHO);
  const before = versionOf({ agents: scanner.memory?.agents ?? [], frozen: null });
  const after = versionOf((await scanner.scan(10_000, { base: 'other' })).crew);
  assert.equal(before.codeHash, after.codeHash);
  assert.notEqual(before.depsHash, after.depsHash);
});

test('hashes are the same wherever and whenever the files are written', async (t) => {
  const one = await settledScanner(t, { ...ECHO, 'echo/lib/a.ts': 'a' });
  const two = await scannerOf(t, { 'echo/lib/a.ts': 'a' });
  await writeFiles(two.agents, ECHO);
  await utimes(join(two.agents, 'echo/logic.ts'), 1, 1);
  await two.settled(0);
  const hashOf = ({ memory }: Scanner) => versionOf({ agents: memory?.agents ?? [], frozen: null }).hash;
  assert.equal(hashOf(one), hashOf(two));
});

test('a bundle that becomes invalid keeps its id, and says what is wrong', async (t) => {
  const scanner = await settledScanner(t, { 'e1/manifest.yaml': 'id: electra\n' });
  await writeFiles(scanner.agents, { 'e1/manifest.yaml': '{{{' });
  const { crew } = await scanner.settled(10_000);
  assert.deepEqual(kinds(crew), ['electra invalid']);
});

test('after a restart a manifest that does not parse still names its agent', async (t) => {
  const scanner = await scannerOf(t, { 'e1/manifest.yaml': 'id: electra\nname: {\n' });
  assert.deepEqual(kinds((await scanner.scan(0)).crew), ['electra settling']);
  assert.deepEqual(kinds((await scanner.settled(1)).crew), ['electra invalid']);
});

test('two folders with one id are both invalid, and say so', async (t) => {
  const scanner = await settledScanner(t, {
    'a_b/manifest.yaml': MANIFEST,
    'a-b/manifest.yaml': MANIFEST,
    'c/manifest.yaml': MANIFEST,
  });
  const agents = scanner.memory?.agents ?? [];
  assert.deepEqual(kinds({ agents, frozen: null }), ['a-b invalid', 'a-b invalid', 'c valid']);
  assert.match(problemsOf(agents[0]), /also that of "a_b"/);
});

for (const folder of ['a*', 'default', 'x'.repeat(60), '🙂', 'a..b', '-a', 'USER']) {
  test(`a folder named ${folder.slice(0, 12)} is invalid under an id that is safe`, async (t) => {
    const scanner = await settledScanner(t, { [`${folder}/manifest.yaml`]: MANIFEST });
    const [agent] = scanner.memory?.agents ?? [];
    assert.equal(agent?.kind, 'invalid');
    assert.match(agent?.id ?? '', /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/);
    assert.match(problemsOf(agent), /expected at most 40 letters/);
  });
}

test('files, hidden folders and underscores at the root are no bundles; a link is refused', async (t) => {
  const scanner = await scannerOf(t, { 'README.md': 'x', '.git/config': 'x', '_/x': 'x', ...ECHO });
  await symlink('/etc', join(scanner.agents, 'outside'));
  const { crew } = await scanner.settled(0);
  assert.deepEqual(kinds(crew), ['echo valid', 'outside invalid']);
  assert.match(problemsOf(crew.agents[1]), /is a symbolic link/);
});

test('one removed bundle is gone; when all go at once the crew is frozen as it was', async (t) => {
  const scanner = await settledScanner(t, { ...ECHO, 'two/manifest.yaml': MANIFEST });
  await rm(join(scanner.agents, 'two'), { recursive: true });
  const one = await scanner.scan(10_000);
  assert.deepEqual([kinds(one.crew), one.crew.frozen], [['echo valid'], null]);
  await rm(join(scanner.agents, 'echo'), { recursive: true });
  const none = await scanner.scan(10_100);
  assert.deepEqual(kinds(none.crew), ['echo valid']);
  assert.match(none.crew.frozen ?? '', /is empty although it had bundles/);
});

test('the root disappears: frozen; it comes back: as before', async (t) => {
  const scanner = await settledScanner(t, ECHO);
  await rename(scanner.agents, `${scanner.agents}.away`);
  const gone = await scanner.scan(10_000);
  assert.match(gone.crew.frozen ?? '', /is gone/);
  assert.deepEqual([kinds(gone.crew), gone.restartNeeded], [['echo valid'], false]);
  await rename(`${scanner.agents}.away`, scanner.agents);
  const back = await scanner.scan(12_000);
  assert.deepEqual([kinds(back.crew), back.crew.frozen], [['echo valid'], null]);
});

test('an empty root on the first scan is a fault only where agents are known to run', async (t) => {
  const scanner = await scannerOf(t, {});
  assert.match((await scanner.scan(0, { expectBundles: true })).crew.frozen ?? '', /is empty/);
  scanner.memory = null;
  assert.equal((await scanner.scan(0)).crew.frozen, null);
});

test('snapshots that nothing refers to are removed, those in use stay', async (t) => {
  const scanner = await settledScanner(t, ECHO);
  const first = versionOf({ agents: scanner.memory?.agents ?? [], frozen: null }).imageHash;
  await mkdir(join(scanner.workDir, '.tmp-crashed'));
  await writeFile(join(scanner.workDir, 'not-ours'), '');
  await writeFiles(scanner.agents, { 'echo/logic.ts': `${LOGIC}// two` });
  await scanner.scan(10_000, { snapshotsInUse: [first] });
  const second = versionOf((await scanner.scan(10_040, { snapshotsInUse: [first] })).crew).imageHash;
  assert.deepEqual((await readdir(scanner.workDir)).sort(), [first, second, 'not-ours'].sort());
  await scanner.scan(10_100);
  assert.deepEqual((await readdir(scanner.workDir)).sort(), [second, 'not-ours'].sort());
});

test('a snapshot that cannot be made is said, and tried again', async (t) => {
  const scanner = await scannerOf(t, ECHO);
  await writeFile(scanner.workDir, 'a file in the way');
  await scanner.scan(0);
  const failed = await scanner.scan(1_000);
  assert.match(problemsOf(failed.crew.agents[0]), /could not be copied/);
  await rm(scanner.workDir);
  assert.deepEqual(kinds((await scanner.scan(3_000)).crew), ['echo valid']);
});

test('20 untouched bundles cost a fraction of reading them', async (t) => {
  const files = Array.from({ length: 20 }, (_, i) => [
    [`b${i}/manifest.yaml`, MANIFEST],
    [`b${i}/logic.ts`, '//'],
    [`b${i}/lib/a.ts`, '//'],
  ]).flat();
  const scanner = await settledScanner(t, Object.fromEntries(files));
  const untouched = await costOf(() => scanner.scan(20_000));
  const read = await costOf(async () => {
    for (let i = 0; i < 20; i++) await validateBundle(join(scanner.agents, `b${i}`));
  });
  t.diagnostic(`idle scan of 20 bundles: ${untouched.toFixed(1)} ms, reading them: ${read.toFixed(1)} ms`);
  assert.ok(untouched < read / 10, `${untouched} ms beside ${read} ms`);
});
