/** Bodies that ask for engine power do not pass. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LABEL } from '../../../orchestrator/src/domain/labels.ts';
import { createBody } from '../../../orchestrator/src/engine/create-body.ts';
import { networkBody } from '../../../orchestrator/src/engine/networks.ts';
import {
  connectBody,
  containerBody,
  disconnectBody,
  networkBody as networkSchema,
  updateBody,
  volumeBody,
} from '../../../orchestrator/src/gate/bodies.ts';

const labels = {
  [LABEL.orchestrator]: 'ab12',
  [LABEL.kind]: 'instance',
  [LABEL.agent]: 'echo',
  [LABEL.instance]: '1',
  [LABEL.bundleHash]: 'b1',
  [LABEL.imageHash]: 'i1',
  [LABEL.depsHash]: 'd1',
  [LABEL.specHash]: 's1',
  [LABEL.credSha256]: 'c'.repeat(64),
};
const body = createBody({
  agent: 'echo',
  inst: 1,
  image: 'hairem/agent-echo:1',
  labels,
  env: { A: 'b' },
  network: 'hairem-ab12-echo',
  volume: 'hairem-ab12-echo-data',
  spec: { memory: 1e8, cpus: 1, pids: 10, egress: 'none', storage: true },
});
interface Changeable {
  User: string;
  Image: string;
  Hostname: string;
  Env: string[];
  Labels: Record<string, string>;
  HostConfig: Record<string, unknown>;
  NetworkingConfig: { EndpointsConfig: Record<string, object> };
  hostconfig?: object;
}

/** Through JSON, as it comes. */
const passes = (change: (copy: Changeable) => unknown) => {
  const changed: Changeable = JSON.parse(JSON.stringify(body));
  change(changed);
  return containerBody.safeParse(changed).success;
};

test('our own body passes', () => assert.ok(passes(() => {})));

test('host power in a create is refused', () => {
  const powers: Record<string, unknown> = {
    Privileged: true,
    Binds: ['/:/host'],
    CapAdd: ['SYS_ADMIN'],
    Devices: [{}],
    PidMode: 'host',
    IpcMode: 'host',
    UTSMode: 'host',
    UsernsMode: 'host',
    CgroupnsMode: 'host',
    NetworkMode: 'host',
    SecurityOpt: ['seccomp=unconfined'],
    ExtraHosts: ['a:1.2.3.4'],
    CgroupParent: '/x',
    Runtime: 'other',
    VolumesFrom: ['redis'],
    PortBindings: { '80/tcp': [] },
    ReadonlyRootfs: false,
    CapDrop: [],
    DeviceRequests: [],
    Sysctls: {},
    MaskedPaths: [],
    ReadonlyPaths: [],
    RestartPolicy: { Name: 'always' },
    privileged: true,
    OomKillDisable: true,
  };
  for (const [key, value] of Object.entries(powers)) {
    assert.ok(
      !passes((changed) => {
        changed.HostConfig[key] = value;
      }),
      key,
    );
  }
  assert.ok(
    !passes((changed) => {
      changed.HostConfig.NetworkMode = 'container:redis';
    }),
  );
  assert.ok(
    !passes((changed) => {
      changed.NetworkingConfig.EndpointsConfig.bridge = {};
    }),
  );
  assert.ok(
    !passes((changed) => {
      changed.hostconfig = { Privileged: true };
    }),
    'keys in another case',
  );
  assert.ok(
    !passes((changed) => {
      changed.User = '0';
    }),
  );
});

test('what a container may take of the host has a ceiling', () => {
  const tooMuch: Record<string, unknown> = {
    Memory: 2 ** 40,
    MemorySwap: -1,
    PidsLimit: 1e6,
    OomScoreAdj: 0,
    Tmpfs: { '/tmp': 'rw,noexec,nosuid,nodev,size=999999999,mode=1777' },
    Ulimits: [
      { Name: 'nofile', Soft: 1e6, Hard: 1e6 },
      { Name: 'core', Soft: 0, Hard: 0 },
    ],
    LogConfig: { Type: 'json-file', Config: { 'max-size': '500g', 'max-file': '2' } },
    Mounts: [
      { Type: 'volume', Source: 'hairem-ab12-echo-data', Target: '/data' },
      { Type: 'volume', Source: 'hairem-ab12-echo-data', Target: '/data' },
    ],
  };
  for (const [key, value] of Object.entries(tooMuch)) {
    assert.ok(!passes((changed) => Object.assign(changed.HostConfig, { [key]: value })), key);
  }
  const memory = (Memory: number, MemorySwap: number) =>
    passes((changed) => Object.assign(changed.HostConfig, { Memory, MemorySwap }));
  const most = 64 * 1024 ** 3;
  assert.deepEqual([memory(most, most), memory(most + 1, most + 1), memory(most / 2, most)], [true, false, false]);
  assert.ok(!passes((changed) => Object.assign(changed.HostConfig, { LogConfig: { Type: 'syslog', Config: {} } })));
  assert.ok(
    !passes((changed) => Object.assign(changed, { Env: Array.from({ length: 25 }, (_, n) => `A${n}=b`) })),
    'too many',
  );
  assert.ok(!passes((changed) => Object.assign(changed, { Env: [`A=${'x'.repeat(5000)}`] })), 'too long');
  assert.ok(!passes((changed) => Object.assign(changed, { Env: ['A=b\nC=d'] })), 'two lines');
  assert.ok(
    !passes((changed) => Object.assign(changed.Labels, { 'com.docker.compose.service': 'redis' })),
    'a label of compose',
  );
  assert.ok(!passes((changed) => Object.assign(changed.Labels, { [LABEL.agent]: 'x'.repeat(5000) })), 'a long label');
  assert.ok(!passes((changed) => Object.assign(changed, { Image: 'redis:7-bookworm' })), 'another image');
  assert.ok(!passes((changed) => Object.assign(changed, { Hostname: 'redis.core' })), 'another host name');
});

test('mounts are our volumes and nothing of the host', () => {
  const mounts = [
    { Type: 'bind', Source: '/', Target: '/data' },
    { Type: 'volume', Source: 'compose_redis', Target: '/data' },
    {
      Type: 'volume',
      Source: 'hairem-x',
      Target: '/data',
      VolumeOptions: { DriverConfig: { Options: { device: '/' } } },
    },
  ];
  for (const mount of mounts)
    assert.ok(
      !passes((changed) => {
        changed.HostConfig.Mounts = [mount];
      }),
      mount.Type,
    );
});

test('a create without our label is refused', () => {
  assert.ok(
    !passes((changed) => {
      delete changed.Labels[LABEL.orchestrator];
    }),
  );
});

test('networks are bridges of ours, volumes have no driver options, an update is the CPU limit alone', () => {
  const network = networkBody({ agent: 'echo', egress: 'none', installId: 'ab12', subnet: '10.201.0.8/29' });
  assert.ok(networkSchema.safeParse(network).success);
  assert.ok(!networkSchema.safeParse({ ...network, Driver: 'macvlan' }).success);
  assert.ok(!networkSchema.safeParse({ ...network, Options: { parent: 'eth0' } }).success);
  assert.ok(!networkSchema.safeParse({ ...network, Name: 'bridge2' }).success);
  const own = { [LABEL.orchestrator]: 'ab12', [LABEL.kind]: 'volume', [LABEL.agent]: 'echo' };
  const volume = { Name: 'hairem-x', Driver: 'local', Labels: own };
  assert.ok(volumeBody.safeParse(volume).success);
  assert.ok(!volumeBody.safeParse({ ...volume, DriverOpts: { type: 'none', o: 'bind', device: '/' } }).success);
  assert.ok(updateBody.safeParse({ NanoCpus: 5e8 }).success);
  assert.ok(!updateBody.safeParse({ NanoCpus: 5e8, Memory: 0 }).success);
  assert.ok(!volumeBody.safeParse({ ...volume, Labels: { ...own, [LABEL.kind]: 'instance' } }).success);
  assert.ok(!updateBody.safeParse({ NanoCpus: 1e13 }).success);
  assert.ok(!disconnectBody.safeParse({ Container: 'redis' }).success);
  assert.ok(!connectBody.safeParse({ Container: 'redis', EndpointConfig: { Aliases: ['orchestrator'] } }).success);
});
