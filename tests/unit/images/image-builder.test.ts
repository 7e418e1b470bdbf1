/** What is built, in which order, how many at once, and for whom. */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { DEFAULT_GRANT } from '../../../orchestrator/src/domain/grants.ts';
import { bundleTag, depsTag } from '../../../orchestrator/src/domain/labels.ts';
import type { ObservedImage } from '../../../orchestrator/src/domain/observation.ts';
import type { ImageBuild, IndexesRequest } from '../../../orchestrator/src/domain/ports/ports.ts';
import type { Runtime } from '../../../orchestrator/src/domain/version.ts';
import { createImageBuilder } from '../../../orchestrator/src/images/image-builder.ts';
import { aVersion } from '../../support/builders/a-version.ts';

const version = aVersion({ depsHash: 'd'.repeat(64), imageHash: 'e'.repeat(64) });
const images = (...tags: string[]): ObservedImage[] =>
  tags.map((tag) => ({
    id: `id-of-${tag.split(':')[0]}`,
    tag,
    kind: 'base',
    agent: null,
    imageHash: null,
    depsHash: null,
    isOurs: true,
    bytes: 1,
  }));

/** A host whose builds end when the test says so. */
function slowHost() {
  const begun: { tag: string; build: ImageBuild; end: () => void; fail: (error: Error) => void }[] = [];
  let changed = Promise.withResolvers<void>();
  const opened: (IndexesRequest & { isOpen: boolean })[] = [];
  const removed: string[] = [];
  return {
    begun,
    opened,
    removed,
    async openIndexes(request: IndexesRequest) {
      const one = { ...request, isOpen: true };
      opened.push(one);
      return {
        network: `indexes-${request.slot}`,
        async close() {
          one.isOpen = false;
        },
      };
    },
    async removeStages(build: string) {
      removed.push(build);
    },
    tags: () => begun.map(({ tag }) => tag.split(':')[0]),
    async until(count: number) {
      while (begun.length < count) await changed.promise;
    },
    buildImage(build: ImageBuild): Promise<string> {
      // The proxy beside an install: made from our own files, and told of in a test of its own.
      if (build.tag.startsWith('hairem/agent-indexes-')) return Promise.resolve(`built-${build.tag}`);
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      build.signal?.addEventListener('abort', () => reject(build.signal?.reason), { once: true });
      begun.push({ tag: build.tag, build, end: () => resolve(`built-${build.tag}`), fail: reject });
      changed.resolve();
      changed = Promise.withResolvers<void>();
      return promise;
    },
  };
}

async function given(t: TestContext, limit?: number) {
  const dir = await mkdtemp(join(tmpdir(), 'hairem-build-'));
  t.after(() => rm(dir, { recursive: true }));
  for (const part of ['code', 'deps', 'typescript', 'python']) await mkdir(join(dir, part));
  const host = slowHost();
  const base = aBase('node', dir);
  const bases = { node: base, python: aBase('python', dir) };
  const builder = createImageBuilder({ host, installId: 'ab12', bases, ...(limit === undefined ? {} : { limit }) });
  const snapshot = { dir, hasDependencies: false, hasLock: false, build: DEFAULT_GRANT.build };
  const signal = new AbortController().signal;
  return { host, builder, base, wanted: { version, snapshot, images: images(), signal } };
}

const aBase = (runtime: Runtime, dir: string) => ({
  runtime,
  hash: 'b',
  tag: `hairem/agent-base-${runtime}:b`,
  dir,
  dockerfile: `FROM x AS ${runtime}`,
});

const TAG = bundleTag('echo', version.imageHash);

test('what is there is not built', async (t) => {
  const { host, builder, wanted } = await given(t);
  assert.equal(await builder.ensureImage({ ...wanted, images: images(TAG) }), TAG);
  assert.deepEqual(host.begun, []);
});

test('a bundle without dependencies is built on the base image, one build when that is there', async (t) => {
  const { host, builder, base, wanted } = await given(t);
  const result = builder.ensureImage({ ...wanted, images: images(base.tag) });
  await host.until(1);
  host.begun[0]?.end();
  assert.equal(await result, TAG);
  assert.deepEqual(host.tags(), ['hairem/agent-echo']);
  assert.equal(host.begun[0]?.build.labels['io.hairem.orchestrator'], 'ab12');
});

test('base, dependencies and bundle are built in this order', async (t) => {
  const { host, builder, wanted } = await given(t);
  const lines: string[] = [];
  const snapshot = { ...wanted.snapshot, hasDependencies: true };
  const result = builder.ensureImage({ ...wanted, snapshot, onLine: (line) => lines.push(line) });
  for (let n = 1; n <= 3; n += 1) {
    await host.until(n);
    host.begun[n - 1]?.end();
  }
  await result;
  assert.deepEqual(host.tags(), ['hairem/agent-base-node', 'hairem/deps', 'hairem/agent-echo']);
  assert.match(lines.join('\n'), /no lock file/);
});

test('agents with the same dependencies share one build of them', async (t) => {
  const { host, builder, base, wanted } = await given(t);
  const snapshot = { ...wanted.snapshot, hasDependencies: true };
  const ensure = (agent: string) =>
    builder.ensureImage({ ...wanted, snapshot, images: images(base.tag), version: { ...version, agent } });
  const both = Promise.all([ensure('one'), ensure('two')]);
  await host.until(1);
  host.begun[0]?.end();
  await host.until(3);
  for (const { end } of host.begun) end();
  await both;
  assert.deepEqual(host.tags().sort(), ['hairem/agent-one', 'hairem/agent-two', 'hairem/deps']);
});

test('no more than the limit are built at once, and a failure gives its place back', async (t) => {
  const { host, builder, base, wanted } = await given(t, 2);
  const ensure = (agent: string) =>
    builder.ensureImage({ ...wanted, images: images(base.tag), version: { ...version, agent } });
  const results = Promise.allSettled(['one', 'two', 'three'].map(ensure));
  await host.until(2);
  assert.equal(host.begun.length, 2);
  host.begun[0]?.fail(new HairemError('build_failed', 'no'));
  await host.until(3);
  for (const { end } of host.begun) end();
  assert.deepEqual(
    (await results).map(({ status }) => status),
    ['rejected', 'fulfilled', 'fulfilled'],
  );
});

test('one that leaves does not end the build that another waits for', async (t) => {
  const { host, builder, base, wanted } = await given(t);
  const snapshot = { ...wanted.snapshot, hasDependencies: true };
  const leaves = new AbortController();
  const ensure = (agent: string, signal: AbortSignal) =>
    builder.ensureImage({ ...wanted, snapshot, images: images(base.tag), version: { ...version, agent }, signal });
  const first = ensure('one', leaves.signal);
  await host.until(1);
  const second = ensure('two', wanted.signal);
  leaves.abort(new HairemError('conflict', 'changed again'));
  await assert.rejects(first, /changed again/);
  assert.equal(host.begun[0]?.build.signal?.aborted, false);
  host.begun[0]?.end();
  await host.until(2);
  host.begun[1]?.end();
  assert.equal(await second, bundleTag('two', version.imageHash));
});

test('a build that nobody waits for is aborted', async (t) => {
  const { host, builder, base, wanted } = await given(t);
  const leaves = new AbortController();
  const result = builder.ensureImage({ ...wanted, images: images(base.tag), signal: leaves.signal });
  await host.until(1);
  leaves.abort(new HairemError('conflict', 'changed again'));
  await assert.rejects(result, /changed again/);
  assert.equal(host.begun[0]?.build.signal?.aborted, true);
});

test('a failed build of dependencies fails the bundle, and is tried again next time', async (t) => {
  const { host, builder, base, wanted } = await given(t);
  const snapshot = { ...wanted.snapshot, hasDependencies: true, hasLock: true };
  const ensure = () => builder.ensureImage({ ...wanted, snapshot, images: images(base.tag) });
  const first = ensure();
  await host.until(1);
  host.begun[0]?.fail(new HairemError('build_failed', 'npm says no'));
  await assert.rejects(first, /npm says no/);
  const second = builder.ensureImage({ ...wanted, snapshot, images: images(base.tag, depsTag(version.depsHash)) });
  await host.until(2);
  host.begun[1]?.end();
  await second;
});

test('an install that failed says what to do, from all that it printed', async (t) => {
  const { host, builder, base, wanted } = await given(t);
  const snapshot = { ...wanted.snapshot, hasDependencies: true, hasLock: true };
  const result = builder.ensureImage({ ...wanted, snapshot, images: images(base.tag) });
  await host.until(1);
  host.begun[0]?.build.onLine?.('npm error notarget No matching version found for left-pad@99.');
  for (let line = 0; line < 100; line += 1) host.begun[0]?.build.onLine?.(`    at line ${line}`);
  host.begun[0]?.fail(
    new HairemError('build_failed', 'the build failed: the command /bin/sh -c npm ci', { log: ['the last'] }),
  );
  await assert.rejects(result, {
    message:
      'the index has no left-pad@99: correct the version in package.json (npm error notarget No matching version found for left-pad@99.)',
    log: ['the last'],
  });
});

test('a Python bundle is built on the Python base, with pip', async (t) => {
  const { host, builder, wanted } = await given(t);
  const lines: string[] = [];
  const snapshot = { ...wanted.snapshot, hasDependencies: true };
  const python = { ...version, runtime: 'python' as const };
  const result = builder.ensureImage({ ...wanted, version: python, snapshot, onLine: (line) => lines.push(line) });
  for (let n = 1; n <= 4; n += 1) {
    await host.until(n);
    host.begun[n - 1]?.end();
  }
  await result;
  const tags = ['hairem/agent-base-node', 'hairem/agent-base-python', 'hairem/deps', 'hairem/agent-echo'];
  assert.deepEqual(host.tags(), tags);
  assert.match(lines.join('\n'), /no hashes in requirements.txt/);
});

test('an install has limits, a network of its own and an end; what it leaves is removed', async (t) => {
  const { host, builder, base, wanted } = await given(t);
  const build = { compilers: false, sources: ['http://nas.local:3141/simple/'] };
  const result = builder.ensureImage({
    ...wanted,
    snapshot: { ...wanted.snapshot, hasDependencies: true, build },
    images: images(base.tag),
  });
  await host.until(1);
  const { build: install } = host.begun[0] ?? {};
  assert.equal(install?.network, 'indexes-g0');
  assert.equal(install?.limits?.memory, 1024 ** 3);
  assert.equal(install?.seconds, 600);
  assert.deepEqual(host.opened[0]?.indexes, [
    { host: 'nas.local', port: 3141, isOwners: true, isProxied: false },
    { host: 'registry.npmjs.org', port: 443, isOwners: false, isProxied: false },
  ]);
  assert.deepEqual(host.removed, []);
  host.begun[0]?.end();
  await host.until(2);
  assert.deepEqual([host.opened[0]?.isOpen, host.removed.length], [false, 1]);
  const { build: layer } = host.begun[1] ?? {};
  assert.deepEqual([layer?.network, layer?.seconds], [undefined, 120]);
  host.begun[1]?.end();
  await result;
});

test('an agent that installs holds up no other, and has one install at a time', async (t) => {
  const { host, builder, base, wanted } = await given(t);
  const ensure = (agent: string, depsHash: string, hasDependencies = true) =>
    builder.ensureImage({
      ...wanted,
      snapshot: { ...wanted.snapshot, hasDependencies },
      images: images(base.tag),
      version: { ...version, agent, depsHash: depsHash.repeat(64), imageHash: depsHash.repeat(64) },
    });
  const all = Promise.allSettled([ensure('greedy', '1'), ensure('greedy', '2'), ensure('honest', '3')]);
  await host.until(2);
  const last = ensure('quick', '4', false);
  await host.until(3);
  const [one, other, third] = host.begun.map(({ tag }) => tag);
  // Each gets its own slot ready first, so the two begin in any order.
  assert.deepEqual([one, other].sort(), [depsTag('1'.repeat(64)), depsTag('3'.repeat(64))]);
  assert.equal(third, bundleTag('quick', '4'.repeat(64)));
  host.begun[2]?.end();
  await last;
  host.begun[0]?.fail(new HairemError('build_failed', 'no'));
  host.begun[1]?.fail(new HairemError('build_failed', 'no'));
  await host.until(4);
  assert.equal(host.begun[3]?.tag, depsTag('2'.repeat(64)));
  host.begun[3]?.fail(new HairemError('build_failed', 'no'));
  await all;
});
