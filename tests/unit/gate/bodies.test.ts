/** Bodies that ask for engine power do not pass. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBody } from '../../../orchestrator/src/adapters/docker-create-body.ts';
import { networkBody } from '../../../orchestrator/src/adapters/docker-networks.ts';
import { LABEL } from '../../../orchestrator/src/domain/labels.ts';
import {
  connectBody,
  containerBody,
  networkBody as networkSchema,
  updateBody,
  volumeBody,
} from '../../../orchestrator/src/gate/bodies.ts';

const labels = { [LABEL.orchestrator]: 'ab12' };
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
  Labels: object;
  HostConfig: Record<string, unknown>;
  NetworkingConfig: { EndpointsConfig: Record<string, object> };
  hostconfig?: object;
}

/** Through JSON, as it comes. */
const passes = (change: (copy: Changeable) => void) => {
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
      changed.Labels = {};
    }),
  );
});

test('networks are bridges of ours, volumes have no driver options, an update is the CPU limit alone', () => {
  const network = networkBody({ agent: 'echo', egress: 'none', installId: 'ab12', subnet: '10.201.0.8/29' });
  assert.ok(networkSchema.safeParse(network).success);
  assert.ok(!networkSchema.safeParse({ ...network, Driver: 'macvlan' }).success);
  assert.ok(!networkSchema.safeParse({ ...network, Options: { parent: 'eth0' } }).success);
  assert.ok(!networkSchema.safeParse({ ...network, Name: 'bridge2' }).success);
  const volume = { Name: 'hairem-x', Driver: 'local', Labels: labels };
  assert.ok(volumeBody.safeParse(volume).success);
  assert.ok(!volumeBody.safeParse({ ...volume, DriverOpts: { type: 'none', o: 'bind', device: '/' } }).success);
  assert.ok(updateBody.safeParse({ NanoCpus: 5e8 }).success);
  assert.ok(!updateBody.safeParse({ NanoCpus: 5e8, Memory: 0 }).success);
  assert.ok(!connectBody.safeParse({ Container: 'redis', EndpointConfig: { Aliases: ['orchestrator'] } }).success);
});
