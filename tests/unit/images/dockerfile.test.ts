/** The generated Dockerfiles, to the letter, and that no other text passes for one of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bundleDockerfile,
  compilersDockerfile,
  type DependencyImage,
  dependencyDockerfile,
  indexProxyDockerfile,
  readOurDockerfile,
} from '../../../orchestrator/src/images/dockerfile.ts';

const from = `sha256:${'01'.repeat(32)}`;
const compilersFrom = `sha256:${'ab'.repeat(32)}`;
const labels = { 'io.hairem.kind': 'bundle', 'io.hairem.agent': 'echo' };
const stageLabels = { 'io.hairem.kind': 'install', 'io.hairem.build': '0f' };
const dependencies = (more: Partial<DependencyImage> = {}) =>
  dependencyDockerfile({ from, labels, stageLabels, runtime: 'python', hasLock: false, compilers: null, ...more });

test('a bundle is one layer, after labels that do not change', () => {
  assert.equal(
    bundleDockerfile({ from, labels }),
    [`FROM ${from}`, 'LABEL io.hairem.kind=bundle io.hairem.agent=echo', 'COPY code/ /app/bundle/', ''].join('\n'),
  );
});

for (const runtime of ['node', 'python'] as const)
  for (const compilers of [null, { from: compilersFrom }])
    test(`dependencies of ${runtime} ${compilers ? 'with' : 'without'} compilers are installed by an ordinary user, and only the result is taken, as root's`, () => {
      const [install = '', result = ''] = dependencies({ runtime, compilers }).split(/^(?=FROM )/m);
      assert.ok(install.startsWith(`FROM ${compilers?.from ?? from} AS install\n`));
      assert.ok(install.indexOf('\nUSER 10002:10002\n') < install.indexOf('\nRUN '));
      assert.doesNotMatch(install, /USER (?!10002:10002)/);
      for (const [, command = ''] of install.matchAll(/^RUN (.*)$/gm))
        assert.match(command, /setpriv --no-new-privs|^chmod -R u=rwX,go=rX /);
      assert.ok(result.startsWith(`FROM ${from}\n`));
      assert.doesNotMatch(result, /RUN|USER/);
      assert.match(result, /^COPY --from=install --chown=0:0 /m);
    });

test('npm runs no scripts; a lock file is obeyed', () => {
  const [locked, loose] = [true, false].map((hasLock) => dependencies({ runtime: 'node', hasLock }));
  assert.match(locked ?? '', / npm ci --omit=dev --ignore-scripts /);
  assert.match(loose ?? '', / npm install --no-package-lock .*--ignore-scripts/);
});

test('Python takes wheels alone unless it may compile; hashes are obeyed', () => {
  assert.match(dependencies({ hasLock: true }), /pip install .*--only-binary :all: --require-hashes --target /);
  assert.doesNotMatch(dependencies(), /require-hashes/);
  assert.doesNotMatch(dependencies({ compilers: { from: compilersFrom } }), /only-binary/);
});

test('pip takes certificates from its settings, whatever the base image says', () => {
  for (const compilers of [null, { from: compilersFrom }])
    assert.match(dependencies({ compilers }), / env -u PIP_CERT python -m pip install /);
});

test('text that could be an instruction never gets in', () => {
  for (const bad of ['x\nRUN evil', 'a b', '"x"', '$HOME', '', '\\', '#x']) {
    assert.throws(() => bundleDockerfile({ from, labels: { key: bad } }), /does not belong/);
    assert.throws(() => bundleDockerfile({ from: bad, labels }), /does not belong/);
  }
});

const OURS = [
  bundleDockerfile({ from, labels }),
  compilersDockerfile({ from, labels }),
  indexProxyDockerfile({ from, labels }),
  dependencies(),
  dependencies({ runtime: 'node', hasLock: true }),
  dependencies({ compilers: { from: compilersFrom } }),
];

test('what we generate is known, with the images that it stands on', () => {
  const known = OURS.map(readOurDockerfile);
  assert.deepEqual(
    known.map((one) => [one?.kind, ...(one?.stages.map((stage) => stage.from) ?? [])]),
    [
      ['bundle', from],
      ['compilers', from],
      ['indexes', from],
      ['dependencies', from, from],
      ['dependencies', from, from],
      ['dependencies', compilersFrom, from],
    ],
  );
  assert.deepEqual(
    known[5]?.stages.map((stage) => stage.labels),
    [stageLabels, labels],
  );
});

const STRANGE: readonly [string, (text: string) => string][] = [
  ['a step more', (text) => `${text}RUN id\n`],
  ['a step before', (text) => `ARG X\n${text}`],
  ['a parser directive', (text) => `# escape=\`\n${text}`],
  ['a syntax directive', (text) => `# syntax=evil/frontend\n${text}`],
  ['a tag in place of an id', (text) => text.replace(from, 'debian:bookworm')],
  ['another case', (text) => text.replace('LABEL', 'label')],
  ['a label that runs on', (text) => text.replace(/^(LABEL .*)$/m, '$1 \\\nx=y')],
  ['a quoted label', (text) => text.replace(/^(LABEL .*)$/m, '$1 x="y z"')],
  ['a label with a variable', (text) => text.replace(/^(LABEL .*)$/m, '$1 x=$HOME')],
  ['root', (text) => text.replace(/$/, 'USER 0:0\n')],
  ['a platform', (text) => text.replace('FROM ', 'FROM --platform=x ')],
  ['nothing at its end', (text) => text.trimEnd()],
  ['CRLF', (text) => text.replaceAll('\n', '\r\n')],
  ['a NUL', (text) => `${text}\0`],
];
for (const [name, change] of STRANGE)
  test(`none of ours with ${name} is ours`, () => {
    for (const text of OURS) assert.equal(readOurDockerfile(change(text)), null, change(text));
  });
