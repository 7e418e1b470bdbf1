/** The sandbox of SECURITY.md's first section: as the engine tells it, and as an agent feels it that tries to get out. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { networkName } from '../../orchestrator/src/domain/labels.ts';
import { command } from '../support/agents/command.ts';
import { eventually } from '../support/eventually.ts';
import { engine, inspect } from '../support/host/engine.ts';
import type { Installation } from '../support/installation/installation.ts';
import { onInstallation } from '../support/installation/scenario.ts';

const PROBER = fileURLToPath(new URL('../bundles/prober/', import.meta.url));
const MIB = 1024 * 1024;

const scenario = onInstallation({});
const listeners: Server[] = [];
after(() => {
  for (const listener of listeners) listener.close();
});

const containerOf = async ({ api }: Installation, id: string) => inspect((await api.agent(id)).container?.id ?? '');

scenario('the container has the limits and no power', async (installation) => {
  await installation.agents.copy('prober', PROBER);
  await installation.agents.copy('neighbour', PROBER);
  await installation.untilActive(['prober', 'neighbour']);
  const { HostConfig: host, Config: config } = await containerOf(installation, 'prober');
  const seen = Object.fromEntries(Object.keys(EXPECTED).map((key) => [key, orNothing(host[key])]));
  assert.deepEqual(seen, EXPECTED);
  assert.equal(config.User, '10001:10001');
  assert.deepEqual(namesOf(config.Env), [
    'AGENT',
    'CONTROL_KEY',
    'INSTANCE',
    'REDIS_HOST',
    'REDIS_PASSWORD',
    'REDIS_PORT',
  ]);
});

/** Engines differ in whether nothing is null, an empty list or an empty object. */
function orNothing(value: unknown): unknown {
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return isEmpty ? null : value;
}

const EXPECTED = {
  Privileged: false,
  CapAdd: null,
  CapDrop: ['ALL'],
  SecurityOpt: ['no-new-privileges'],
  ReadonlyRootfs: true,
  Tmpfs: { '/tmp': `rw,noexec,nosuid,nodev,size=${64 * MIB},mode=1777` },
  Binds: null,
  Devices: null,
  PortBindings: null,
  PublishAllPorts: false,
  PidsLimit: 128,
  Memory: 256 * MIB,
  MemorySwap: 256 * MIB,
  NanoCpus: 500_000_000,
  OomScoreAdj: 500,
  Ulimits: [
    { Name: 'nofile', Soft: 1024, Hard: 1024 },
    { Name: 'core', Soft: 0, Hard: 0 },
  ],
  IpcMode: 'private',
  PidMode: '',
  UTSMode: '',
  Init: true,
  RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
};

/** Of our own variables; the image's are not secret. */
function namesOf(env: readonly string[]): string[] {
  const names = env.map((line) => line.split('=')[0] ?? '').filter((name) => name.startsWith('HAIREM_'));
  return names.map((name) => name.slice('HAIREM_'.length)).sort();
}

scenario('its network is its own, internal, and gives the host no address', async ({ installId, redis }) => {
  const name = networkName(installId, 'prober');
  const network = await engine<{
    Internal: boolean;
    Options: Record<string, string>;
    Containers: Record<string, { Name: string }>;
  }>('GET', `/networks/${name}`);
  assert.equal(network.Internal, true);
  assert.equal(network.Options['com.docker.network.bridge.inhibit_ipv4'], 'true');
  const ids = Object.keys(network.Containers);
  assert.equal(ids.length, 2, 'it and Redis');
  assert.ok(ids.includes(redis.id));
});

scenario('it writes to /tmp and nowhere else', async (installation) => {
  const write = (path: string) => command(installation, 'prober', { name: 'write', args: { path } });
  assert.equal((await write('/tmp/note')).result, 'written');
  for (const path of ['/note', '/app/bundle/note', '/opt/hairem/note', '/etc/note', '/home/note']) {
    assert.equal((await write(path)).status, 'error', path);
  }
  const { result } = await command(installation, 'prober', { name: 'identity' });
  assert.deepEqual({ ...(result as object), pid1: 1 }, { uid: 10_001, gid: 10_001, pid1: 1 });
});

scenario('it reaches Redis and nothing else', async (installation) => {
  const port = await listenEverywhere();
  const reach = async (host: string, at: number) =>
    (await command(installation, 'prober', { name: 'connect', args: { host, port: at } })).result;
  assert.equal(await reach('redis', 6379), 'connected');
  const own = (await containerOf(installation, 'prober')).NetworkSettings.Networks;
  const [ownNetwork] = Object.values(own);
  const neighbour = (await containerOf(installation, 'neighbour')).NetworkSettings.Networks;
  const [neighbourNetwork] = Object.values(neighbour);
  const places: [string, string, number][] = [
    ['the host, by its own gateway', firstOf(ownNetwork?.IPAddress ?? ''), port],
    ['the host, by the network of Redis', firstOf(installation.redis.host), port],
    ['the default bridge of the engine', '172.17.0.1', port],
    ['another agent', neighbourNetwork?.IPAddress ?? '', 6379],
    ['a metadata address', '169.254.169.254', 80],
    ['the internet', '1.1.1.1', 53],
  ];
  for (const [what, host, at] of places) assert.notEqual(await reach(host, at), 'connected', `${what} (${host})`);
});

scenario('a process of it that takes too much memory is named, and it goes on', async (installation) => {
  const before = await installation.api.agent('prober');
  assert.equal((await command(installation, 'prober', { name: 'hog', args: { by: 'child' } })).result, 'SIGKILL');
  const { warnings, instance } = await eventually('the record names it', async () => {
    const record = await installation.api.agent('prober');
    return record.warnings.some((line) => line.startsWith('memory: ')) ? record : null;
  });
  assert.match(warnings.join('\n'), /used more memory than it may and was killed \(OOM\)/);
  assert.equal(instance, before.instance);
});

scenario('one that takes too much memory is ended, named and started again', async (installation) => {
  const { instance } = await installation.api.agent('neighbour');
  await command(installation, 'neighbour', { name: 'hog', waitSeconds: 1 }).catch(() => {});
  const record = await eventually('it is back', async () => {
    const now = await installation.api.agent('neighbour');
    return now.active && now.instance !== instance ? now : null;
  });
  assert.match(record.last_restart?.because ?? '', /used more memory than it may and was killed \(OOM\)/);
});

async function listenEverywhere(): Promise<number> {
  const server = createServer((socket) => socket.end());
  listeners.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '0.0.0.0', resolve));
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}

/** The first address of a /29: its gateway. */
function firstOf(address: string): string {
  const parts = address.split('.').map(Number);
  return [...parts.slice(0, 3), ((parts[3] ?? 0) & ~7) + 1].join('.');
}
