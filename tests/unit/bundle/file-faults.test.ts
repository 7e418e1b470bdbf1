/** Whatever the file system says of one file is that bundle's problem alone, and names the file. */
import assert from 'node:assert/strict';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createCodeChecker } from '../../../orchestrator/src/bundle/code/code-checker.ts';
import { type FolderLister, LOCAL_LISTER } from '../../../orchestrator/src/bundle/files/folder-lister.ts';
import { faultyFile, fileFault } from '../../../orchestrator/src/bundle/files/read-error.ts';
import { followBundle } from '../../../orchestrator/src/bundle/follow-bundle.ts';
import { MANIFEST, scannerOf, temporaryFolder, writeFiles } from './bundle-folder.ts';

const thrown = (code: string, fields: object = {}) =>
  Object.assign(new Error(`${code}: no, read`), { code, ...fields });

const FAULTS: readonly [errno: string, code: string, says: RegExp][] = [
  ['ENOENT', 'conflict', /^lib\/a\.ts changed while it was read$/],
  ['ELOOP', 'conflict', /^lib\/a\.ts changed/],
  ['ENOTDIR', 'conflict', /^lib\/a\.ts changed/],
  ['EACCES', 'bundle_invalid', /^lib\/a\.ts cannot be read \(EACCES\); make it readable for everyone/],
  ['EPERM', 'bundle_invalid', /^lib\/a\.ts cannot be read \(EPERM\)/],
  [
    'EIO',
    'unavailable',
    /^lib\/a\.ts cannot be read \(EIO\): the disk or the share that it is on fails; it is tried again$/,
  ],
  ['ESTALE', 'unavailable', /^lib\/a\.ts cannot be read \(ESTALE\): the share/],
  ['ETIMEDOUT', 'unavailable', /^lib\/a\.ts cannot be read \(ETIMEDOUT\): the share .* does not answer/],
  ['EISDIR', 'unavailable', /^lib\/a\.ts cannot be read \(EISDIR\): it is a folder by now/],
  ['ENAMETOOLONG', 'unavailable', /^lib\/a\.ts cannot be read \(ENAMETOOLONG\): its name or its path is too long/],
  ['ENODATA', 'unavailable', /^lib\/a\.ts cannot be read \(ENODATA\): .*cloud folder/],
  [
    'EWHATEVER',
    'unavailable',
    /^lib\/a\.ts cannot be read \(EWHATEVER\): the file system does not give it; it is tried again$/,
  ],
  ['EMFILE', 'internal', /^lib\/a\.ts could not be opened: EMFILE/],
];

describe('each code of the file system', () => {
  for (const [errno, code, says] of FAULTS) {
    test(errno, () => {
      const fault = fileFault('lib/a.ts', thrown(errno));
      assert.equal(fault.code, code);
      assert.match(fault.message, says);
      assert.equal(faultyFile(fault), code === 'internal' ? '' : 'lib/a.ts');
    });
  }

  test('of the folder itself', () =>
    assert.match(fileFault('', thrown('EIO')).message, /^the bundle cannot be read \(EIO\)/));
});

/** As an ordinary user, whom permissions stop: the tests may run as root. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  const { geteuid, seteuid } = process;
  const isRoot = geteuid?.() === 0;
  if (isRoot) seteuid?.(65_534);
  try {
    await work();
  } finally {
    if (isRoot) seteuid?.(0);
  }
}

const UNREADABLE = ['manifest.yaml', 'logic.ts', 'lib/lamp.ts', '.hairemignore', 'persona.yaml', 'lib'] as const;

for (const name of UNREADABLE) {
  test(`${name} without permission is named, and the other agents are well`, async (t) => {
    const logic = "import { BaseAgent } from '@hairem/agent';\nexport class Agent extends BaseAgent {}\n";
    const files = {
      'manifest.yaml': MANIFEST,
      'logic.ts': logic,
      'lib/lamp.ts': '',
      '.hairemignore': 'x\n',
      'persona.yaml': 'name: E\n',
    };
    const bundle = Object.fromEntries(Object.entries(files).map(([file, text]) => [`echo/${file}`, text]));
    const scanner = await scannerOf(t, { ...bundle, 'parrot/manifest.yaml': MANIFEST });
    await mkdir(scanner.workDir);
    for (const open of [join(scanner.agents, '..'), scanner.agents, scanner.workDir]) await chmod(open, 0o777);
    await chmod(join(scanner.agents, 'echo', name), 0);
    t.after(() => rm(scanner.agents, { recursive: true, force: true }));
    // Started before: our own sources may lie where that user cannot read, as below /root.
    await scanner.checker.stripTypes('a.ts', Buffer.from(''));
    await asNobody(async () => {
      const { crew } = await scanner.settled(0);
      const echo = crew.agents.find(({ id }) => id === 'echo');
      assert.equal(echo?.kind, 'invalid');
      const said = echo?.kind === 'invalid' ? echo.problems.map(({ file, message }) => `${file}|${message}`) : [];
      assert.ok(
        said.some((line) => line.startsWith(`${name}|`) && line.includes('cannot be')),
        said.join('\n'),
      );
      assert.equal(crew.agents.find(({ id }) => id === 'parrot')?.kind, 'valid');
    });
  });
}

test('an error on the way to the folder is said of it, and tried again', async (t) => {
  const dir = await temporaryFolder(t);
  await writeFiles(dir, { 'echo/manifest.yaml': MANIFEST });
  const checker = createCodeChecker();
  t.after(() => checker.close());
  const failing = (path: string): FolderLister => ({
    ...LOCAL_LISTER,
    lstat(asked) {
      if (asked === path) throw thrown('EIO', { path: asked });
      return LOCAL_LISTER.lstat(asked);
    },
  });
  const look = (lister: FolderLister) =>
    followBundle({
      dir,
      folder: 'echo',
      lister,
      workDir: null,
      baseHashes: {},
      checker,
      previous: null,
      now: 0,
      wallNow: 0,
      isFirstScan: true,
      knownAs: null,
    });
  const followed = await look(failing(`${dir}/echo`));
  const problems = followed?.read?.kind === 'invalid' ? followed.read.problems : [];
  assert.match(problems[0]?.message ?? '', /^the bundle cannot be read \(EIO\)/);
  assert.equal(followed?.memory.accepted, null, 'not remembered');
  assert.equal(followed?.recheckInMs, 2000);
  const ignore = await look(failing(`${dir}/echo/.hairemignore`));
  assert.equal(ignore?.read?.kind === 'invalid' && ignore.read.problems[0]?.file, '.hairemignore');
});
