/** What only the real engine shows: builds that fail or are broken off, logs that are followed, the gate's refusals. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { HairemError } from '../../orchestrator/src/domain/errors/errors.ts';
import type { ContainerRequest } from '../../orchestrator/src/domain/ports/ports.ts';
import type { DockerHost } from '../../orchestrator/src/engine/docker-host.ts';
import { eventually } from '../support/eventually.ts';
import { type ContainerSummary, engine } from '../support/host/engine.ts';
import { contextOf, type Harness, imageLabels, realHarness, requestFor } from './host-harness.ts';

let harness: Harness<DockerHost>;
before(async () => {
  harness = await realHarness();
  await harness.host.ensureNetwork({ agent: 'alpha', egress: 'none' });
});
after(() => harness.close());

async function buildOf(dockerfile: string, more: { signal?: AbortSignal; onLine?: (line: string) => void } = {}) {
  const tag = `hairem/agent-alpha:${harness.installId}-try`;
  const context = await contextOf(dockerfile);
  return harness.builder.buildImage({ tag, labels: imageLabels(harness.installId), context, ...more });
}

async function started(change: Partial<ContainerRequest>): Promise<string> {
  const id = await harness.host.createContainer(requestFor(harness, change));
  await harness.host.startContainer(id);
  return id;
}

const failure = (build: Promise<string>) =>
  build.then(
    () => assert.fail('it was built'),
    (error: unknown) => {
      assert.ok(error instanceof HairemError);
      return error;
    },
  );

test('a step that fails is build_failed with its last lines, and says why', async () => {
  const error = await failure(buildOf('FROM node:24-bookworm-slim\nRUN echo wrong turn; exit 3\n'));
  assert.equal(error.code, 'build_failed');
  assert.match(error.message, /failed: wrong turn \(exit code 3\)$/);
  assert.ok(error.log.includes('wrong turn'), error.log.join('\n'));
});

test('a Dockerfile that does not parse is build_failed', async () => {
  assert.equal((await failure(buildOf('NONSENSE\n'))).code, 'build_failed');
});

test('a base image that nobody has is named', async () => {
  const error = await failure(buildOf('FROM hairem/nowhere:1\n'));
  assert.equal(error.code, 'build_failed');
  assert.match(error.message, /base image hairem\/nowhere:1 is missing/);
});

test('a build that is broken off ends at once, in the engine too', async () => {
  const leaves = new AbortController();
  const running = Promise.withResolvers<void>();
  const onLine = (line: string) => {
    if (line === 'begun') running.resolve();
  };
  const mark = `sleep 300; : ${harness.installId}`;
  const build = failure(
    buildOf(`FROM node:24-bookworm-slim\nRUN echo begun; ${mark}\n`, { signal: leaves.signal, onLine }),
  );
  await running.promise;
  leaves.abort(new HairemError('conflict', 'changed again'));
  assert.equal((await build).message, 'changed again');
  await eventually('no container of the build is left', async () => {
    const all = await engine<(ContainerSummary & { Command: string })[]>('GET', '/containers/json?all=true');
    return !all.some(({ Command }) => Command.includes(mark));
  });
});

test('a log is followed until the caller leaves, or its container ends', async () => {
  const { host } = harness;
  const staying = await started({ inst: 1 });
  const leaves = new AbortController();
  const lines: string[] = [];
  const followed = (async () => {
    for await (const line of host.logs(staying, { tail: 10, follow: true, signal: leaves.signal }))
      lines.push(line.text);
  })();
  await eventually('it is ready', () => lines.includes('ready'));
  leaves.abort();
  await followed;
  const ending = await started({ inst: 2, env: { EXIT: '0' } });
  assert.ok((await Array.fromAsync(host.logs(ending, { tail: 10, follow: true }))).length >= 2);
});

test('what the gate does not let through says so', async () => {
  const request = requestFor(harness, { inst: 3, network: 'bridge' });
  await assert.rejects(harness.host.createContainer(request), (error) => {
    assert.ok(error instanceof HairemError);
    assert.equal(error.code, 'engine_refused');
    assert.match(error.message, /the gate does not let through .*HostConfig\.NetworkMode/);
    return true;
  });
});

test('Redis that was made anew is attached again', async () => {
  const { host, installId } = harness;
  const redis = (await host.observe()).redis?.id;
  const network = `hairem-${installId}-alpha`;
  await engine('POST', `/networks/${network}/disconnect`, { body: { Container: redis, Force: true } });
  assert.ok(!(await host.observe()).redis?.networks.includes(network));
  await host.ensureNetwork({ agent: 'alpha', egress: 'none' });
  assert.ok((await host.observe()).redis?.networks.includes(network));
});

test('many agents at once get networks that do not overlap', async () => {
  const { host, installId } = harness;
  const agents = Array.from({ length: 8 }, (_, n) => `many-${n}`);
  await Promise.all(agents.map((agent) => host.ensureNetwork({ agent, egress: 'none' })));
  const redis = (await host.observe()).redis?.networks ?? [];
  for (const agent of agents) assert.ok(redis.includes(`hairem-${installId}-${agent}`), agent);
  await Promise.all(agents.map((agent) => host.removeNetwork(`hairem-${installId}-${agent}`)));
  assert.deepEqual(
    (await host.observe()).networks.map((one) => one.agent),
    ['alpha'],
  );
});

test('what the volumes of agents hold is told', async () => {
  const { host } = harness;
  const { Mountpoint } = await engine<{ Mountpoint: string }>('GET', `/volumes/${await host.ensureVolume('alpha')}`);
  await writeFile(join(Mountpoint, 'file'), Buffer.alloc(3 * 2 ** 20));
  const sizes = await host.volumeSizes();
  assert.deepEqual([...sizes.keys()], ['alpha']);
  assert.ok((sizes.get('alpha') ?? 0) >= 3 * 2 ** 20);
});

test('what this host cannot limit is said, not thrown', async () => {
  assert.ok(Array.isArray(await harness.host.warnings()));
});
