/** The sandbox of SECURITY.md as a program inside of it finds it, on the real engine, made through the gate. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, before, test } from 'node:test';
import { networkName } from '../../orchestrator/src/domain/labels.ts';
import { NO_PROXIES } from '../../orchestrator/src/domain/network/proxies.ts';
import type { ContainerRequest } from '../../orchestrator/src/domain/ports/ports.ts';
import type { DockerHost } from '../../orchestrator/src/engine/docker-host.ts';
import { baseImageBuild, readBaseImage } from '../../orchestrator/src/images/base-image.ts';
import { eventually } from '../support/eventually.ts';
import { byLabel, engine } from '../support/host/engine.ts';
import { BASE_IMAGES, contextOf, type Harness, imageLabels, realHarness, requestFor } from './host-harness.ts';

let harness: Harness<DockerHost>;
let image: string;

before(async () => {
  harness = await realHarness();
  image = await probeOf('alpha');
});
after(() => harness.close());

async function probeOf(agent: string): Promise<string> {
  const tag = `hairem/agent-${agent}:${harness.installId}-probe`;
  const dockerfile = [
    'FROM node:24-bookworm-slim',
    'RUN install -d -o 10001 -g 10001 /data',
    'COPY probe.js /',
    'CMD ["node", "/probe.js"]',
  ].join('\n');
  const probe = await readFile(new URL('probe.js', import.meta.url), 'utf8');
  const context = await contextOf(dockerfile, { 'probe.js': probe });
  await harness.builder.buildImage({ tag, labels: imageLabels(harness.installId, agent), context });
  return tag;
}

async function reportOf(change: Partial<ContainerRequest>) {
  const { host } = harness;
  const id = await host.createContainer(requestFor(harness, { image, ...change }));
  await host.startContainer(id);
  const isOver = async () => (await host.observe()).containers.find((one) => one.id === id)?.status === 'exited';
  await eventually('the probe has ended', isOver);
  const lines = await Array.fromAsync(host.logs(id, { tail: 50, follow: false }));
  await host.removeContainer(id);
  const text = lines.find((line) => line.stream === 'stdout')?.text;
  assert.ok(text, lines.map((line) => line.text).join('\n'));
  return JSON.parse(text);
}

test('inside there is no power, and Redis is all that is reached', async () => {
  await harness.host.ensureNetwork({ agent: 'alpha', egress: 'none' });
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => void server.listen(0, '0.0.0.0', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const targets = [...(await hostAddresses()), '169.254.169.254'].map((host) => `${host}:${port}`);
  const report = await reportOf({ inst: 1, env: { TARGETS: targets.join(',') } });
  server.close();
  const { reached, tmpMount, ...found } = report;
  assert.deepEqual(found, {
    user: '10001:10001',
    capabilities: '0000000000000000',
    bounding: '0000000000000000',
    noNewPrivileges: '1',
    seccomp: '2',
    rootWrite: 'EROFS',
    tmpWrite: 'done',
    tmpFull: 'ENOSPC',
    openFiles: '1024',
    coreSize: '0',
    oomScore: '500',
    init: 'docker-init',
    dataWrite: 'EROFS',
    redis: 'connected',
  });
  for (const option of ['noexec', 'nosuid', 'nodev']) assert.ok(tmpMount.split(',').includes(option), option);
  assert.deepEqual(Object.keys(reached), targets);
  for (const [target, outcome] of Object.entries(reached)) assert.notEqual(outcome, 'connected', target);
});

test('with storage it may write its own volume', async () => {
  await harness.host.ensureNetwork({ agent: 'alpha', egress: 'none' });
  const volume = await harness.host.ensureVolume('alpha');
  assert.equal((await reportOf({ inst: 2, volume })).dataWrite, 'done');
});

test('with egress it reaches Redis by the same name, and what the host serves by its own', async () => {
  await harness.host.ensureNetwork({ agent: 'beta', egress: 'internet' });
  const network = networkName(harness.installId, 'beta', 'internet');
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => void server.listen(0, '0.0.0.0', resolve));
  const address = server.address();
  const target = `host.docker.internal:${typeof address === 'object' ? address?.port : 0}`;
  const spec = { memory: 256 * 1024 * 1024, cpus: 0.5, pids: 128, egress: 'internet' as const, storage: false };
  const image = await probeOf('beta');
  const { redis, reached } = await reportOf({ agent: 'beta', inst: 1, network, image, spec, env: { TARGETS: target } });
  server.close();
  assert.deepEqual([redis, reached[target]], ['connected', 'connected']);
});

test('without egress that name leads nowhere', async () => {
  const target = 'host.docker.internal:80';
  const { reached } = await reportOf({ inst: 3, env: { TARGETS: target } });
  assert.notEqual(reached[target], 'connected');
});

for (const [runtime, program] of [
  ['node', 'agent-home.js'],
  ['python', 'agent_home.py'],
] as const) {
  test(`on the base image (${runtime}) a program has a user, a home, a place for what is temporary, and the time`, async () => {
    const agent = `home-${runtime}`;
    await harness.host.ensureNetwork({ agent, egress: 'none' });
    const base = await readBaseImage(BASE_IMAGES, runtime);
    const { installId } = harness;
    await harness.builder.buildImage(baseImageBuild(base, { installId, proxies: NO_PROXIES }));
    const image = `hairem/agent-${agent}:${harness.installId}`;
    const lines = [`FROM ${base.tag}`, `COPY ${program} /${program}`, `CMD ["${runtime}", "/${program}"]`];
    const text = await readFile(new URL(program, import.meta.url), 'utf8');
    const context = await contextOf(lines.join('\n'), { [program]: text });
    await harness.builder.buildImage({ tag: image, labels: imageLabels(harness.installId, agent), context });
    const network = networkName(harness.installId, agent, 'none');
    assert.deepEqual(await reportOf({ agent, inst: 1, network, image, env: { TZ: 'Europe/Paris' } }), {
      user: 'agent 10001',
      home: '/tmp /tmp',
      temporary: '/tmp',
      zone: 'Europe/Paris 14',
      umask: '22',
      language: 'C.UTF-8',
      cpus: true,
    });
  });
}

/** Every address of this host, and the one that the agent's bridge would have. */
async function hostAddresses(): Promise<string[]> {
  const own = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter((one) => one.family === 'IPv4' && !one.internal)
    .map((one) => one.address);
  const label = byLabel('io.hairem.orchestrator', harness.installId);
  const networks = await engine<{ IPAM: { Config: { Gateway?: string; Subnet: string }[] } }[]>(
    'GET',
    `/networks?${label}`,
  );
  const gateways = networks
    .flatMap((one) => one.IPAM.Config)
    .map(({ Subnet }) => Subnet.replace(/(\d+)\/\d+$/, (_, last) => `${Number(last) + 1}`));
  return [...new Set([...own, ...gateways])];
}
