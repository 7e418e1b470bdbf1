/** Every refusal by the walk through a bundle says what to do, in one sentence; the next one is one line here. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { validateBundle } from '../../../orchestrator/src/bundle/validate-bundle.ts';
import { ECHO, temporaryFolder, writeFiles } from './bundle-folder.ts';

const REFUSED: readonly [what: string, make: (bundle: string) => Promise<unknown>, said: RegExp][] = [
  [
    'a link',
    (bundle) => symlink('/usr/bin/python3', join(bundle, 'python')),
    /^python is a symbolic link; only regular files and folders are accepted: put what it points to in its place, or leave it out with a line in \.hairemignore$/,
  ],
  [
    'a fifo',
    async (bundle) => execFileSync('mkfifo', [join(bundle, 'pipe')]),
    /^pipe is a fifo; .*: remove it, or leave it out with a line in \.hairemignore$/,
  ],
  [
    'names that differ in case',
    (bundle) => writeFiles(bundle, { 'lib/Lamp.ts': '', 'lib/lamp.ts': '' }),
    /^lib\/lamp\.ts differs from "Lamp\.ts" only in case; rename one of them, or leave it out/,
  ],
  [
    'names that differ in Unicode form',
    (bundle) => writeFiles(bundle, { 'lib/Zoë.ts': '', [`lib/${'Zoë.ts'.normalize('NFD')}`]: '' }),
    /only in how its accents are written \(Unicode form\); rename one of them, or leave it out/,
  ],
  [
    'a line break in a name',
    (bundle) => writeFiles(bundle, { 'a\nb': '' }),
    /^a\?b has .*; rename it, or leave it out/,
  ],
  ['a backslash', (bundle) => writeFiles(bundle, { 'a\\b': '' }), /has a slash or a backslash in its name; rename it/],
  [
    'a name that is not UTF-8',
    (bundle) => writeFile(Buffer.concat([Buffer.from(`${bundle}/a`), Buffer.from([0xff])]), ''),
    /is not valid UTF-8; rename it$/,
  ],
  [
    'a large file',
    async (bundle) => {
      await writeFile(join(bundle, 'model.bin'), '');
      await truncate(join(bundle, 'model.bin'), 11 * 1024 * 1024);
    },
    /^model\.bin is larger than 10485760 bytes; put it into media\/ .*, or leave it out with a line in \.hairemignore$/,
  ],
  [
    'too deep',
    (bundle) => mkdir(join(bundle, 'd/'.repeat(20)), { recursive: true }),
    /is nested deeper than 16 levels; move it up, or leave it out/,
  ],
  [
    'media that is a link',
    (bundle) => symlink('/etc', join(bundle, 'media')),
    /^media is a symbolic link; media\/ must be a real folder$/,
  ],
];

for (const [what, make, said] of REFUSED) {
  test(`${what} is refused, with what to do`, async (t) => {
    const dir = await temporaryFolder(t);
    await writeFiles(dir, ECHO);
    await make(join(dir, 'echo'));
    const { valid, problems } = await validateBundle(join(dir, 'echo'));
    assert.equal(valid, false);
    assert.match(problems[0]?.message ?? '', said);
  });
}

/** Root may read everything: for as long as this takes the process is nobody. */
async function asNobody<Result>(run: () => Promise<Result>): Promise<Result> {
  if (process.geteuid?.() !== 0) return run();
  process.seteuid?.(65_534);
  return run().finally(() => process.seteuid?.(0));
}

for (const path of ['lib', 'logic.ts', 'persona.yaml']) {
  test(`${path} that nobody may read is named, with what to do`, async (t) => {
    const dir = await temporaryFolder(t);
    await writeFiles(dir, { ...ECHO, 'echo/lib/a.js': '', 'echo/persona.yaml': 'prompt: hi' });
    await chmod(dir, 0o755);
    await chmod(join(dir, 'echo', path), 0);
    const { problems } = await asNobody(() => validateBundle(join(dir, 'echo')));
    await chmod(join(dir, 'echo', path), 0o700);
    const said = new RegExp(`^${path} cannot be read \\(EACCES\\); make it readable for everyone .*, or leave it out`);
    assert.match(problems[0]?.message ?? '', said);
  });
}

test('a bundle that is a link is refused, with what to do', async (t) => {
  const dir = await temporaryFolder(t);
  await writeFiles(dir, ECHO);
  await symlink(join(dir, 'echo'), join(dir, 'other'));
  const { problems } = await validateBundle(join(dir, 'other'));
  assert.equal(problems[0]?.message, 'the bundle is a symbolic link; a bundle is a real folder: copy it here');
});

const WARNED: readonly [name: string, said: RegExp][] = [
  ['notes.', /ends with a dot or a space; rename it if this folder is ever copied there$/],
  ['notes ', /ends with a dot or a space/],
  ['aux.ts', /is a device on Windows; rename it/],
  ['CON', /is a device on Windows/],
  ['what?.txt', /has one of <>:"\|\?\* in its name/],
];

for (const [name, said] of WARNED) {
  test(`a file called ${JSON.stringify(name)} is fine here, with a warning`, async (t) => {
    const dir = await temporaryFolder(t);
    await writeFiles(dir, { ...ECHO, [`echo/${name}`]: 'x' });
    const { valid, problems } = await validateBundle(join(dir, 'echo'));
    assert.equal(valid, true);
    assert.deepEqual([problems.length, problems[0]?.file, problems[0]?.severity], [1, name, 'warning']);
    assert.match(problems[0]?.message ?? '', said);
  });
}

test('names with spaces and many dots are nothing special', async (t) => {
  const dir = await temporaryFolder(t);
  await writeFiles(dir, {
    ...ECHO,
    'echo/my notes.txt': 'x',
    'echo/a.b.c.txt': 'x',
    'echo/.config': 'x',
    'echo/conx': '',
  });
  const { valid, problems } = await validateBundle(join(dir, 'echo'));
  assert.deepEqual([valid, problems], [true, []]);
});
