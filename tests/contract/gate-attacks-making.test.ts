/** A compromised orchestrator before the real gate and the real engine: what it may make, and what it may write on the wire. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { pack } from 'tar-stream';
import { LABEL, networkName, volumeName } from '../../orchestrator/src/domain/labels.ts';
import { createBody } from '../../orchestrator/src/engine/create-body.ts';
import { networkBody } from '../../orchestrator/src/engine/networks.ts';
import { bundleDockerfile } from '../../orchestrator/src/images/dockerfile.ts';
import { byLabel, engine, inspect } from '../support/host/engine.ts';
import { type Attack, type Crew, startAttack } from './attack-rig.ts';
import { requestFor } from './host-harness.ts';

let attack: Attack;
let own: Crew;
let other: Crew;
let stranger: string;
let STRANGER: string;
let SECRET: string;
let ask: Attack['ask'];
let assertRefused: Attack['assertRefused'];
before(async () => {
  attack = await startAttack();
  ({ own, other, stranger, strangerName: STRANGER, secret: SECRET, ask, assertRefused } = attack);
});
after(() => attack.close());

const ownRequest = (change = {}) => requestFor(own.harness, { inst: 7, ...change });
const create = (body: object, name = `hairem-${own.harness.installId}-alpha-7`) =>
  ask(`POST /containers/create?name=${name}`, body);

/** Our own body with something else in it, by a path of keys. */
function changed(path: string, value: unknown): object {
  const body = JSON.parse(JSON.stringify(createBody(ownRequest())));
  const keys = path.split('/');
  const last = keys.pop() ?? '';
  let at = body;
  for (const key of keys) at = at[key];
  at[last] = value;
  return body;
}

test("a container is made of what is its own agent's", async () => {
  const { installId } = own.harness;
  const mountOf = (Source: string) => [{ Type: 'volume', Source, Target: '/data' }];
  await own.harness.host.ensureVolume('beta');
  await own.harness.host.ensureNetwork({ agent: 'beta', egress: 'none' });
  const tries: Record<string, object> = {
    'an image of the host': changed('Image', 'redis:7-bookworm'),
    'an image by its id': changed('Image', (await inspect(stranger)).Image),
    'an image of another installation': changed('Image', other.harness.image),
    'an image that is not there': changed('Image', 'hairem/agent-alpha:none'),
    'a volume of somebody else': changed('HostConfig/Mounts', mountOf(STRANGER)),
    'a volume of another installation': changed('HostConfig/Mounts', mountOf(other.volume)),
    'a volume of another agent': changed('HostConfig/Mounts', mountOf(volumeName(installId, 'beta'))),
    'a folder of the host': changed('HostConfig/Mounts', [{ Type: 'bind', Source: '/', Target: '/data' }]),
    'the networks of the host': changed('HostConfig/NetworkMode', 'host'),
    'the network of a container': changed('HostConfig/NetworkMode', `container:${stranger}`),
    'another endpoint': changed('NetworkingConfig/EndpointsConfig', { [STRANGER]: {} }),
    'two endpoints': changed('NetworkingConfig/EndpointsConfig', { [own.network]: {}, [other.network]: {} }),
    "another installation's label": changed(`Labels/${LABEL.orchestrator}`, other.harness.installId),
    "Redis' label": changed('Labels/com.docker.compose.service', 'redis'),
    'another agent': changed(`Labels/${LABEL.agent}`, 'beta'),
    'another instance': changed(`Labels/${LABEL.instance}`, '8'),
    'a host name': changed('Hostname', 'redis'),
    'a command': changed('Cmd', ['sh']),
    'an entrypoint': changed('Entrypoint', ['sh']),
    'a key in other letters': changed('HostConfig/privileged', true),
    'the body in other letters': { ...createBody(ownRequest()), hostConfig: { Privileged: true } },
    'all memory': changed('HostConfig/Memory', 2 ** 50),
    'a log elsewhere': changed('HostConfig/LogConfig', { Type: 'syslog', Config: {} }),
  };
  const network = { NetworkMode: networkName(installId, 'beta') };
  const betas = JSON.parse(JSON.stringify(createBody(ownRequest())));
  Object.assign(betas.HostConfig, network);
  betas.NetworkingConfig.EndpointsConfig = { [network.NetworkMode]: {} };
  tries['a network of another agent'] = betas;
  for (const [what, body] of Object.entries(tries)) assertRefused(await create(body), what);
  for (const name of ['redis', STRANGER, `hairem-${other.harness.installId}-alpha-7`, `hairem-${installId}-beta-7`]) {
    assertRefused(await create(createBody(ownRequest()), name), `the name ${name}`);
  }
  assert.equal((await create(createBody(ownRequest()))).status, 201);
});

test('of two keys of one name the last one is checked and sent', async () => {
  const body = JSON.stringify(createBody(ownRequest({ inst: 8 })));
  const twice = body.replace(
    '"HostConfig":{',
    '"HostConfig":{"Privileged":true,"NetworkMode":"host","Binds":["/:/x"]},"HostConfig":{',
  );
  const name = `hairem-${own.harness.installId}-alpha-8`;
  const made = await ask(`POST /containers/create?name=${name}`, twice);
  assert.equal(made.status, 201, made.text);
  const { HostConfig } = await inspect(name);
  assert.deepEqual([HostConfig.Privileged, HostConfig.NetworkMode, HostConfig.Binds], [false, own.network, null]);
  const last = body.replace(/}$/, ',"HostConfig":{"Privileged":true}}');
  assertRefused(await ask(`POST /containers/create?name=${name}`, last), 'the last one is privileged');
});

test('networks and volumes that are made are ours', async () => {
  const { installId } = own.harness;
  const make = (change: object) => ({
    ...networkBody({ agent: 'gamma', egress: 'none', installId, subnet: '10.219.200.0/29' }),
    ...change,
  });
  const IPAM = (Subnet: string) => ({ Driver: 'default', Config: [{ Subnet }] });
  const tries: Record<string, object> = {
    'the LAN': make({ IPAM: IPAM('192.168.1.0/24') }),
    'more than a /29': make({ IPAM: IPAM('10.219.0.0/17') }),
    'another range': make({ IPAM: IPAM('10.1.0.0/29') }),
    'an address for the host': make({ Options: {} }),
    'the interface of the host': make({ Driver: 'macvlan', Options: { parent: 'eth0' } }),
    'another name': make({ Name: other.network }),
    'reach under the name of none': make({ Internal: false }),
    attachable: make({ Attachable: true }),
  };
  for (const [what, body] of Object.entries(tries)) assertRefused(await ask('POST /networks/create', body), what);
  const volume = (change: object) => ({
    Name: volumeName(installId, 'gamma'),
    Driver: 'local',
    Labels: { [LABEL.orchestrator]: installId, [LABEL.kind]: 'volume', [LABEL.agent]: 'gamma' },
    ...change,
  });
  for (const [what, body] of Object.entries({
    'a folder of the host': volume({ DriverOpts: { type: 'none', o: 'bind', device: '/' } }),
    'a name of somebody else': volume({ Name: STRANGER }),
    'a name of another installation': volume({ Name: other.volume }),
  })) {
    assertRefused(await ask('POST /volumes/create', body), what);
  }
});

async function contextOf(files: Record<string, string>, more: (context: ReturnType<typeof pack>) => void = () => {}) {
  const context = pack();
  for (const [name, content] of Object.entries(files)) context.entry({ name }, content);
  more(context);
  context.finalize();
  return buffer(Readable.from(context, { objectMode: false }));
}

test('no build runs but ours', async () => {
  const [base] = await engine<{ Id: string }[]>('GET', `/images/json?${byLabel(LABEL.kind, 'base')}`);
  assert.ok(base, 'there is no base image');
  const labels = {
    [LABEL.orchestrator]: own.harness.installId,
    [LABEL.kind]: 'bundle',
    [LABEL.agent]: 'alpha',
    [LABEL.depsHash]: 'abcdef',
  };
  const fine = bundleDockerfile({ from: base.Id, labels });
  const line = 'POST /build?version=1&t=hairem/agent-alpha:00000000000000aa&networkmode=default';
  const tries: Record<string, Buffer> = {
    'a step as root': await contextOf({ Dockerfile: `${fine}USER 0\nRUN id\n` }),
    'what the host serves': await contextOf({ Dockerfile: `${fine}ADD http://127.0.0.1:8000/ /x\n` }),
    'an image of the host': await contextOf({ Dockerfile: 'FROM redis:7-bookworm\nRUN id\n' }),
    'an image of another installation': await contextOf({
      Dockerfile: bundleDockerfile({ from: (await inspect(other.container)).Image, labels }),
    }),
    'two of them': await contextOf({ Dockerfile: fine, './Dockerfile': 'FROM redis:7-bookworm\nRUN id\n' }),
    'one more later': await contextOf({ Dockerfile: fine, 'code/x': 'x', Dockerfile2: '' }, (context) =>
      context.entry({ name: 'Dockerfile' }, 'FROM redis:7-bookworm\nRUN id\n'),
    ),
    'a link to another': await contextOf({ 'code/x': 'FROM redis:7-bookworm' }, (context) =>
      context.entry({ name: 'Dockerfile', type: 'symlink', linkname: 'code/x' }),
    ),
    'a link in the code': await contextOf({ Dockerfile: fine }, (context) =>
      context.entry({ name: 'code/x', type: 'symlink', linkname: '/etc/shadow' }),
    ),
    'what is no tar': Buffer.from(fine),
  };
  for (const [what, context] of Object.entries(tries)) {
    const answer = await ask(line, context, { 'content-type': 'application/x-tar' });
    assert.notEqual(answer.status, 200, `${what}: ${answer.text}`);
  }
  const context = await contextOf({ Dockerfile: fine, 'code/logic.py': '' });
  for (const more of [
    'dockerfile=code/x',
    'remote=http://127.0.0.1/x',
    'networkmode=host',
    'buildargs={}',
    'pull=1',
    'q=1',
  ])
    assertRefused(await ask(`${line}&${more}`, context), more);
  for (const tag of [
    'redis:7-bookworm',
    'hairem/orchestrator:latest',
    'hairem/agent-base-node:1',
    'hairem/agent-beta:00000000000000aa',
  ])
    assertRefused(await ask(`POST /build?t=${tag}`, context), tag);
  const built = await ask(line, context, { 'content-type': 'application/x-tar' });
  assert.match(built.text, /Successfully built/);
});

test('a request line that is written otherwise says nothing else', async () => {
  const id = stranger;
  const lines = [
    `GET /containers/%73tranger/json`,
    `GET /containers/..%2fcontainers%2f${id}/json`,
    `GET /v1.41/containers/${own.container}/../${id}/json`,
    `GET //containers/${id}/json`,
    `GET /v1.24/containers/${id}/json`,
    `GET /v1.99999/containers/${id}/json`,
    `GET /V1.41/containers/${id}/json`,
    `GET /containers/${id}/json#/containers/${own.container}/json`,
    `GET /containers/${own.container}/json?x=/../${id}`,
    `GET /containers/${own.container}/json;/../${id}/json`,
    `GET http://x/containers/${id}/json`,
  ];
  for (const line of lines) assertRefused(await ask(line), line);
});

test('headers and framing bring nothing past the gate', async () => {
  const second = `GET /containers/${stranger}/json HTTP/1.1\r\nHost: x\r\n\r\n`;
  const tries = [
    `POST /containers/${own.container}/wait HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${second}`,
    `GET /version HTTP/1.1\r\nHost: x\r\nContent-Length: ${second.length}\r\n\r\n${second}`,
    `GET /version HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n${second}`,
    `GET /version\n\n${second}`,
    `POST /containers/${stranger}/attach HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`,
    `POST /session HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n`,
    `CONNECT /containers/${stranger}/json HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET /version HTTP/1.1\r\nHost: x\r\nX-HTTP-Method-Override: DELETE\r\nX-Original-URL: /containers/${stranger}\r\n\r\n`,
  ];
  for (const bytes of tries) {
    const said = await attack.askRaw(bytes);
    assert.ok(!said.includes(SECRET) && !said.includes('101 '), said);
  }
  const chunked = await ask('POST /volumes/create', '{"Name":"x"}', { 'transfer-encoding': 'chunked' });
  assertRefused(chunked, 'a body in chunks');
  const deep = await ask('POST /volumes/create', `${'['.repeat(50_000)}${']'.repeat(50_000)}`);
  assertRefused(deep, 'a deep body');
  assert.equal((await ask('GET /version')).status, 200);
});
