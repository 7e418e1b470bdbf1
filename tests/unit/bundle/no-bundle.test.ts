/** Folders that are no agents, and agents that lose what made them one: nothing is removed by half a save. */
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { folderNotes } from '../../../orchestrator/src/cli/bundles/folder-findings.ts';
import { ECHO, kinds, LOGIC, MANIFEST, problemsOf, scannerOf, settledScanner, writeFiles } from './bundle-folder.ts';

test('a folder without manifest and logic is no agent, until it has one', async (t) => {
  const scanner = await scannerOf(t, { 'docs/a.md': 'x', 'face/media/face.png': 'x' });
  await mkdir(join(scanner.agents, 'echo'));
  const first = await scanner.scan(0);
  assert.deepEqual([kinds(first.crew), first.recheckInMs, first.crew.frozen], [[], null, null]);
  await writeFiles(scanner.agents, { 'echo/logic.ts': LOGIC });
  assert.deepEqual(kinds((await scanner.scan(10)).crew), ['echo settling']);
  assert.match(problemsOf((await scanner.settled(20)).crew.agents[0]), /there is no manifest.yaml/);
});

test('folders of others alone are no crew: frozen, as when all is gone', async (t) => {
  const scanner = await settledScanner(t, { ...ECHO, 'docs/a.md': 'x' });
  await rm(join(scanner.agents, 'echo'), { recursive: true });
  const { crew } = await scanner.scan(10_000);
  assert.deepEqual(kinds(crew), ['echo valid']);
  assert.match(crew.frozen ?? '', /is empty although it had bundles/);
});

const GONE: [string, (path: string) => Promise<unknown>][] = [
  ['its manifest', (path) => rm(join(path, 'manifest.yaml'))],
  [
    'all that made it a bundle',
    (path) => Promise.all(['manifest.yaml', 'logic.ts'].map((name) => rm(join(path, name)))),
  ],
  ['what its manifest says', (path) => writeFile(join(path, 'manifest.yaml'), '')],
];

for (const [what, lose] of GONE) {
  test(`an agent that loses ${what} while it runs settles for 2 s, and is invalid, not removed`, async (t) => {
    const scanner = await settledScanner(t, { ...ECHO, 'two/manifest.yaml': MANIFEST });
    await lose(join(scanner.agents, 'echo'));
    const seen = await scanner.scan(10_000);
    assert.deepEqual([kinds(seen.crew), seen.recheckInMs], [['echo settling', 'two valid'], 2_000]);
    assert.deepEqual(kinds((await scanner.scan(11_999)).crew), ['echo settling', 'two valid']);
    assert.deepEqual(kinds((await scanner.settled(12_000)).crew), ['echo invalid', 'two valid']);
    await writeFiles(scanner.agents, { ...ECHO, 'echo/new.ts': '' });
    assert.deepEqual(kinds((await scanner.settled(20_000)).crew), ['echo valid', 'two valid']);
  });
}

test('also after a restart, by what is known of the folder', async (t) => {
  const scanner = await scannerOf(t, { 'e1/media/face.png': 'x', 'two/manifest.yaml': MANIFEST });
  const known = { knownAs: (folder: string) => (folder === 'e1' ? 'electra' : null) };
  await scanner.scan(0, known);
  const { crew } = await scanner.scan(2_000, known);
  assert.deepEqual(kinds(crew), ['electra invalid', 'two valid']);
});

test('logic that is away between two steps of a save is no version without logic', async (t) => {
  const scanner = await settledScanner(t, ECHO);
  await rm(join(scanner.agents, 'echo/logic.ts'));
  await scanner.scan(10_000);
  assert.deepEqual(kinds((await scanner.scan(10_300)).crew), ['echo settling']);
  await writeFiles(scanner.agents, { 'echo/logic.ts': `${LOGIC}// saved` });
  assert.deepEqual(kinds((await scanner.settled(10_400)).crew), ['echo valid']);
});

test('a folder that is copied slowly shows no error on the way', async (t) => {
  const scanner = await scannerOf(t, { 'two/manifest.yaml': MANIFEST });
  await scanner.settled(0);
  const seen = new Set<string>();
  const steps = [{ 'echo/lib/a.ts': 'a' }, { 'echo/logic.ts': '' }, { 'echo/logic.ts': LOGIC }, ECHO];
  let now = 10_000;
  for (const files of steps) {
    await writeFiles(scanner.agents, files);
    for (let looks = 0; looks < 3; looks++, now += 500)
      for (const one of kinds((await scanner.scan(now)).crew)) seen.add(one);
  }
  for (const one of kinds((await scanner.settled(now)).crew)) seen.add(one);
  assert.deepEqual([...seen], ['two valid', 'echo settling', 'echo valid']);
});

test('doctor says once which folders are no agents, and which files were perhaps meant', async (t) => {
  const scanner = await scannerOf(t, {
    ...ECHO,
    'docs/a.md': 'x',
    'face/media/face.png': 'x',
    '@Recycle/old/manifest.yaml': MANIFEST,
    '$RECYCLE.BIN/a': 'x',
    'System Volume Information/a': 'x',
    '.git/config': 'x',
    'echo/notes.bak': 'x',
    'echo/._logic.ts': 'x',
  });
  assert.deepEqual(await folderNotes(scanner.agents), [
    'not agents: $RECYCLE.BIN (left by Windows), .git (left by version control), @Recycle (left by QNAP), System Volume Information (left by Windows), docs (no manifest.yaml, no logic file), face (no manifest.yaml, no logic file)',
    'echo: not in its image: notes.bak (a backup); a line !name in .hairemignore brings one back',
  ]);
});

test('a bundle in a folder too many, and the files of one beside the folders, are said', async (t) => {
  const scanner = await scannerOf(t, { 'echo/echo/manifest.yaml': MANIFEST, 'logic.py': 'x', 'README.md': 'x' });
  assert.deepEqual(await folderNotes(scanner.agents), [
    'not agents: echo (no manifest.yaml, no logic file; echo/echo has: move it up), logic.py (beside the folders; an agent is a folder with its files in it)',
  ]);
  assert.deepEqual(kinds((await scanner.settled(0)).crew), []);
});

const MISSPELT: [string, string][] = [
  ['Manifest.yaml', 'manifest.yaml'],
  ['manifest.yml', 'manifest.yaml'],
  ['manifest.yaml.txt', 'manifest.yaml'],
  ['manifest (1).yaml', 'manifest.yaml'],
  ['manifest copy.yaml', 'manifest.yaml'],
  ['manifest.yaml ', 'manifest.yaml'],
  ['mainfest.yaml', 'manifest.yaml'],
  ['manifest', 'manifest.yaml'],
  ['Expert.YML', 'expert.yaml'],
];

for (const [name, meant] of MISSPELT) {
  test(`a manifest that is called ${JSON.stringify(name)} is asked about`, async (t) => {
    const scanner = await settledScanner(t, { [`echo/${name}`]: MANIFEST, 'echo/logic.ts': LOGIC });
    assert.match(problemsOf(scanner.memory?.agents[0]), /there is no manifest.yaml; is ".*" meant to be it\?/, meant);
    const alone = await settledScanner(t, { [`echo/${name}`]: MANIFEST });
    assert.match(problemsOf(alone.memory?.agents[0]), /meant to be it/);
  });
}

const OTHERS: [string, string][] = [
  ['persona.yml', 'persona.yaml'],
  ['Persona.yaml', 'persona.yaml'],
  ['personna.yaml', 'persona.yaml'],
  ['Logic.py', 'logic.py'],
  ['logic.ts.txt', 'logic.ts'],
  ['logic.mts', 'logic.ts'],
  ['requirement.txt', 'requirements.txt'],
  ['Package.json', 'package.json'],
  ['hairemignore', '.hairemignore'],
  ['.hairemignore.txt', '.hairemignore'],
  ['expert.yml', 'expert.yaml'],
  ['Media', 'media'],
];

for (const [name, meant] of OTHERS) {
  test(`${name} beside a manifest is said not to be read`, async (t) => {
    const scanner = await settledScanner(t, { 'echo/manifest.yaml': MANIFEST, [`echo/${name}`]: 'a: b\n' });
    const [agent] = scanner.memory?.agents ?? [];
    assert.ok(agent?.kind === 'valid', problemsOf(agent));
    assert.deepEqual(
      agent.warnings.map(({ file, message }) => [file, message]),
      [[name, `is not read under this name; did you mean "${meant}"?`]],
    );
  });
}

test('own files that are only like special ones are not asked about', async (t) => {
  const own = [
    'topic.ts',
    'magic.py',
    'manifest.json',
    'people.yaml',
    'notes.txt',
    'requirements-dev.txt',
    'package.py',
  ];
  const files = Object.fromEntries(own.map((name) => [`echo/${name}`, '']));
  const scanner = await settledScanner(t, { ...ECHO, ...files });
  const [agent] = scanner.memory?.agents ?? [];
  assert.ok(agent?.kind === 'valid', problemsOf(agent));
  assert.deepEqual(agent.warnings, []);
});
