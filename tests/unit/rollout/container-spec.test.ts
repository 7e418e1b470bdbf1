/** A version and a number into a container: labels, sandbox, and that the gate lets exactly this through. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { LABEL } from '../../../orchestrator/src/domain/labels.ts';
import { createBody } from '../../../orchestrator/src/engine/create-body.ts';
import { networkBody } from '../../../orchestrator/src/engine/networks.ts';
import { containerBody, networkBody as networkSchema } from '../../../orchestrator/src/gate/bodies.ts';
import { containerRequest } from '../../../orchestrator/src/rollout/instances/container-spec.ts';
import { aSoftPart, aVersion } from '../../support/builders/a-version.ts';

const version = aVersion({
  hash: 'h1',
  depsHash: 'd1',
  imageHash: '0123456789abcdef0123',
  specHash: 's1',
  soft: aSoftPart({ config: { token: 'soft-secret' } }),
});
const request = containerRequest({
  version,
  inst: 7,
  password: 'pw',
  controlKey: 'ck.1',
  secretsHash: '',
  installId: 'ab12',
  redisPort: 6379,
});

test('the labels are what is needed to adopt it and to make its user again', () => {
  assert.deepEqual(request.labels, {
    [LABEL.orchestrator]: 'ab12',
    [LABEL.kind]: 'instance',
    [LABEL.agent]: 'echo',
    [LABEL.instance]: '7',
    [LABEL.bundleHash]: 'h1',
    [LABEL.imageHash]: '0123456789abcdef0123',
    [LABEL.depsHash]: 'd1',
    [LABEL.specHash]: 's1',
    [LABEL.credSha256]: createHash('sha256').update('pw').digest('hex'),
  });
  assert.equal(request.image, 'hairem/agent-echo:0123456789abcdef');
  assert.equal(request.network, 'hairem-ab12-echo');
});

test('the hash of its secrets is a label, where it has any', () => {
  const spec = { version, inst: 7, password: 'pw', controlKey: 'ck.1', installId: 'ab12', redisPort: 6379 };
  assert.equal(containerRequest({ ...spec, secretsHash: 'x1' }).labels[LABEL.secretsHash], 'x1');
});

test('nothing of the soft part is in the container', () => {
  assert.doesNotMatch(JSON.stringify(createBody(request)), /soft-secret|Echo/);
});

test('storage is the own volume and nothing else', () => {
  assert.equal(request.volume, null);
  const stored = containerRequest({
    version: { ...version, spec: { ...version.spec, storage: true } },
    inst: 1,
    password: 'pw',
    controlKey: 'ck.1',
    secretsHash: '',
    installId: 'ab12',
    redisPort: 6379,
  });
  assert.equal(stored.volume, 'hairem-ab12-echo-data');
  assert.match(
    JSON.stringify(createBody(stored)),
    /"Mounts":\[\{"Type":"volume","Source":"hairem-ab12-echo-data","Target":"\/data"\}\]/,
  );
});

test('the body is the sandbox of SECURITY.md, and the CPU limit is left for later', () => {
  assert.deepEqual(createBody(request), {
    Hostname: 'echo',
    User: '10001:10001',
    Image: 'hairem/agent-echo:0123456789abcdef',
    Labels: request.labels,
    Env: [
      'HAIREM_AGENT=echo',
      'HAIREM_INSTANCE=7',
      'HAIREM_REDIS_HOST=redis',
      'HAIREM_REDIS_PORT=6379',
      'HAIREM_REDIS_PASSWORD=pw',
      'HAIREM_CONTROL_KEY=ck.1',
    ],
    Tty: false,
    OpenStdin: false,
    HostConfig: {
      NetworkMode: 'hairem-ab12-echo',
      Privileged: false,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': 'rw,noexec,nosuid,nodev,size=67108864,mode=1777' },
      Mounts: [],
      PidsLimit: 128,
      Memory: 268435456,
      MemorySwap: 268435456,
      OomScoreAdj: 500,
      Ulimits: [
        { Name: 'nofile', Soft: 1024, Hard: 1024 },
        { Name: 'core', Soft: 0, Hard: 0 },
      ],
      IpcMode: 'private',
      Init: true,
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '5m', 'max-file': '2' } },
    },
    NetworkingConfig: { EndpointsConfig: { 'hairem-ab12-echo': {} } },
  });
});

test('with egress the host has a name, as it has for hAIrem itself', () => {
  const open = { ...request, spec: { ...request.spec, egress: 'internet' as const } };
  const { HostConfig } = createBody(open) as { HostConfig: { ExtraHosts?: string[] } };
  assert.deepEqual(HostConfig.ExtraHosts, ['host.docker.internal:host-gateway']);
  assert.equal(containerBody.safeParse(createBody(open)).error, undefined);
});

test('the gate takes the bodies that we send', () => {
  assert.equal(containerBody.safeParse(createBody(request)).error, undefined);
  for (const egress of ['none', 'internet'] as const) {
    const body = networkBody({ agent: 'echo', egress, installId: 'ab12', subnet: '10.201.0.8/29' });
    assert.equal(networkSchema.safeParse(body).error, undefined);
  }
});
