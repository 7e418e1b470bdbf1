/** deploy/release.sh in a repository of its own, with an engine that is played: what it changes, and what it refuses. */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CHANGELOG = '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n\n## [0.1.0] - 2026-01-01\n\n- All.\n';
/** Notes what it is asked; buildx is there unless the file `without-buildx` is. */
const DOCKER = `#!/bin/sh
[ "$1" != buildx ] || [ ! -e "$PLAYED/without-buildx" ] || exit 1
echo "docker $*" >>"$PLAYED/asked"
case "$*" in
"buildx inspect"*) exit 1 ;;
"buildx build"*) [ ! -e "$PLAYED/without-room" ] || exit 1 ;;
esac
`;

async function repository(t: TestContext, files: Record<string, string> = {}) {
  const played = await mkdtemp(join(tmpdir(), 'hairem release '));
  t.after(() => rm(played, { recursive: true }));
  const root = join(played, 'hairem');
  await mkdir(join(played, 'bin'));
  await mkdir(root);
  for (const path of ['deploy', 'package.json', 'package-lock.json', '.gitignore'])
    await cp(join(ROOT, path), join(root, path), { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) {
    const text = await readFile(join(root, name), 'utf8');
    await writeFile(join(root, name), text.replaceAll(/^( {2}| {6})"version": "\d.*"/gm, '$1"version": "0.1.0"'));
  }
  for (const [path, text] of Object.entries({ 'CHANGELOG.md': CHANGELOG, ...files }))
    await writeFile(join(root, path), text);
  await writeFile(join(played, 'bin/docker'), DOCKER);
  await chmod(join(played, 'bin/docker'), 0o755);
  const who = Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((one) => [
      [`GIT_${one}_NAME`, 'Ada'],
      [`GIT_${one}_EMAIL`, 'ada@example.org'],
    ]),
  );
  const env = { PATH: `${join(played, 'bin')}:${process.env.PATH}`, PLAYED: played, HOME: played, ...who };
  const git = (...words: string[]) => execFileSync('git', words, { cwd: root, env }).toString().trim();
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'First');
  const release = (...words: string[]) =>
    new Promise<{ code: number; err: string }>((resolve) => {
      const child = execFile('sh', [join(root, 'deploy/release.sh'), ...words], { env }, (_, _out, err) =>
        resolve({ code: child.exitCode ?? -1, err }),
      );
    });
  const asked = () => readFile(join(played, 'asked'), 'utf8').catch(() => '');
  const read = (path: string) => readFile(join(root, path), 'utf8');
  return { played, root, git, release, asked, read };
}

test('the changelog, the version, a commit and a tag', async (t) => {
  const { git, release, read } = await repository(t);
  const { code, err } = await release('0.2.0');
  assert.equal(code, 0, err);
  const today = new Date().toISOString().slice(0, 10);
  const [, released = ''] = /\n## \[0\.2\.0\] - (.*)\n/.exec(await read('CHANGELOG.md')) ?? [];
  assert.ok(released >= '2026' && released <= today, released);
  assert.equal(
    await read('CHANGELOG.md'),
    CHANGELOG.replace('## [Unreleased]\n', `## [Unreleased]\n\n## [0.2.0] - ${released}\n`),
  );
  const lock = JSON.parse(await read('package-lock.json'));
  const told = [JSON.parse(await read('package.json')).version, lock.version, lock.packages[''].version];
  assert.deepEqual(told, ['0.2.0', '0.2.0', '0.2.0']);
  assert.deepEqual([git('log', '-1', '--format=%s'), git('status', '--porcelain')], ['Release 0.2.0', '']);
  assert.deepEqual(
    [git('rev-parse', 'v0.2.0^{commit}'), git('cat-file', '-t', 'v0.2.0')],
    [git('rev-parse', 'HEAD'), 'tag'],
  );
  const changed = git('show', '--stat', '--format=')
    .split('\n')
    .map((line) => line.trim().split(' ')[0]);
  assert.deepEqual(changed.slice(0, 3), ['CHANGELOG.md', 'package-lock.json', 'package.json']);
});

test('the image is for two platforms, with SBOM and provenance, and stays here', async (t) => {
  const { git, release, asked } = await repository(t);
  await release('0.2.0');
  const [built = ''] = /^docker buildx build .*/m.exec(await asked()) ?? [];
  for (const words of [
    '--platform linux/amd64,linux/arm64',
    '--sbom=true --provenance=mode=max',
    '--build-arg HAIREM_VERSION=0.2.0',
    `--label org.opencontainers.image.revision=${git('rev-parse', 'HEAD')}`,
    '--tag hairem/orchestrator:0.2.0',
    '--output type=oci,dest=dist/hairem-0.2.0.oci.tar .',
  ])
    assert.ok(built.includes(words), `${words} in ${built}`);
  assert.doesNotMatch(built, /--push/);
});

test('with --push it goes to that registry', async (t) => {
  const { release, asked } = await repository(t);
  await release('0.2.0', '--push', 'ghcr.io/ada/hairem');
  assert.match(await asked(), /buildx build .* --tag ghcr\.io\/ada\/hairem\/orchestrator:0\.2\.0 .* --push \.$/m);
});

test('a dry run says all of it and does none', async (t) => {
  const { git, release, asked, read } = await repository(t);
  const before = git('rev-parse', 'HEAD');
  const { code, err } = await release('0.2.0', '--dry-run', '--push', 'r.example');
  assert.equal(code, 0, err);
  assert.match(err, /would change CHANGELOG\.md: \[Unreleased\] becomes \[0\.2\.0\] - 20/);
  for (const what of ['git commit -q -m Release 0\\.2\\.0', 'git tag -a v0\\.2\\.0', 'docker buildx build .* --push'])
    assert.match(err, new RegExp(`would run: ${what}`));
  assert.deepEqual([git('rev-parse', 'HEAD'), git('status', '--porcelain'), git('tag')], [before, '', '']);
  assert.equal(await read('CHANGELOG.md'), CHANGELOG);
  assert.doesNotMatch(await asked(), /buildx (build|create)/);
});

test('where the image failed, another run builds it alone', async (t) => {
  const { played, git, release, asked } = await repository(t);
  await writeFile(join(played, 'without-room'), '');
  const failed = await release('0.2.0');
  assert.equal(failed.code, 1);
  assert.match(failed.err, /run deploy\/release\.sh 0\.2\.0 again/);
  await rm(join(played, 'without-room'));
  const { code, err } = await release('0.2.0');
  assert.equal(code, 0, err);
  assert.match(err, /v0\.2\.0 is this commit already/);
  assert.equal(git('rev-list', '--count', 'HEAD'), '2');
  assert.equal((await asked()).match(/buildx build/g)?.length, 2);
});

describe('it refuses, and changes nothing', () => {
  type Repository = Awaited<ReturnType<typeof repository>>;
  const cases: [string, string[], RegExp, ((repository: Repository) => Promise<unknown>)?][] = [
    ['without a version', [], /"" is no version like 1\.2\.3/],
    ['what is no version', ['1.2'], /"1\.2" is no version/],
    ['a version of text', ['1.2.3-rc.1'], /is no version/],
    ['two versions', ['0.2.0', '0.3.0'], /two versions/],
    ['--push without a registry', ['0.2.0', '--push'], /--push needs a registry/],
    ['another option', ['0.2.0', '--force'], /unknown option --force/],
    ['one that is older', ['0.0.9'], /package\.json says 0\.1\.0, which is newer than 0\.0\.9/],
    ['one that the changelog has', ['0.1.0'], /has a section \[0\.1\.0\] already/],
    ['a tree with changes', ['0.2.0'], /the tree is not clean/, ({ root }) => writeFile(join(root, 'x'), 'x')],
    [
      'a host without buildx',
      ['0.2.0'],
      /docker buildx is missing.*: install docker-buildx/,
      ({ played }) => writeFile(join(played, 'without-buildx'), ''),
    ],
    [
      'a tag on another commit',
      ['0.2.0'],
      /the tag v0\.2\.0 is there already, on another commit/,
      async ({ git }) => git('tag', 'v0.2.0') + git('commit', '-q', '--allow-empty', '-m', 'Next'),
    ],
    [
      'nothing that is new',
      ['0.2.0'],
      /says nothing under \[Unreleased\]/,
      async ({ root, git }) => {
        await writeFile(join(root, 'CHANGELOG.md'), CHANGELOG.replace('### Added\n\n- A thing.\n\n', ''));
        git('commit', '-q', '-a', '-m', 'Nothing');
      },
    ],
  ];
  for (const [what, words, said, prepare] of cases)
    test(what, async (t) => {
      const own = await repository(t);
      await prepare?.(own);
      const before = [own.git('rev-parse', 'HEAD'), own.git('status', '--porcelain')];
      const { code, err } = await own.release(...words);
      assert.ok(code > 0);
      assert.match(err, said);
      assert.deepEqual([own.git('rev-parse', 'HEAD'), own.git('status', '--porcelain')], before);
      assert.doesNotMatch(await own.asked(), /buildx build/);
    });
});
