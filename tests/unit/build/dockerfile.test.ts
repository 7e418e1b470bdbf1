/** The generated Dockerfiles, to the letter. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundleDockerfile, dependencyDockerfile } from '../../../orchestrator/src/build/dockerfile.ts';

const from = 'sha256:0123';
const labels = { 'io.hairem.kind': 'bundle', 'io.hairem.agent': 'echo' };

test('a bundle is one layer, after labels that do not change', () => {
  assert.equal(
    bundleDockerfile({ from, labels }),
    ['FROM sha256:0123', 'LABEL io.hairem.kind=bundle io.hairem.agent=echo', 'COPY code/ /app/bundle/', ''].join('\n'),
  );
});

test('dependencies run no scripts; a lock file is obeyed', () => {
  const locked = dependencyDockerfile({ from, labels, runtime: 'node', hasLock: true });
  assert.match(locked, /^RUN npm ci --omit=dev --ignore-scripts /m);
  assert.match(
    dependencyDockerfile({ from, labels, runtime: 'node', hasLock: false }),
    /^RUN npm install --no-package-lock .*--ignore-scripts/m,
  );
  assert.match(locked, /^USER 10001:10001$/m);
});

test('Python dependencies lie beside the bundle; hashes are obeyed', () => {
  const locked = dependencyDockerfile({ from, labels, runtime: 'python', hasLock: true });
  assert.match(locked, /^RUN python -m pip install .*--prefer-binary --require-hashes --target \/app\/deps /m);
  assert.match(locked, /^USER 10001:10001$/m);
  const loose = dependencyDockerfile({ from, labels, runtime: 'python', hasLock: false });
  assert.doesNotMatch(loose, /require-hashes/);
});

test('text that could be an instruction never gets in', () => {
  for (const bad of ['x\nRUN evil', 'a b', '"x"', '$HOME', '', '\\', '#x']) {
    assert.throws(() => bundleDockerfile({ from, labels: { key: bad } }), /does not belong/);
    assert.throws(() => bundleDockerfile({ from: bad, labels }), /does not belong/);
  }
});
