/**
 * A compromised orchestrator before the real gate and the real engine: it speaks to the gate's socket as it likes.
 * Beside its installation there are another one and a container of somebody else, with a secret in its environment.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { pack } from 'tar-stream';
import { createBody } from '../../orchestrator/src/adapters/docker-create-body.ts';
import { networkBody } from '../../orchestrator/src/adapters/docker-networks.ts';
import { readBaseImages } from '../../orchestrator/src/build/base-image.ts';
import { bundleDockerfile } from '../../orchestrator/src/build/dockerfile.ts';
import { LABEL, networkName, volumeName } from '../../orchestrator/src/domain/labels.ts';
import { type Gate, runGate } from '../../orchestrator/src/gate/gate.ts';
import { byLabel, ENGINE_SOCKET, engine, inspect } from '../rig/engine.ts';
import { BASE_IMAGES, type Harness, realHarness, requestFor } from './host-harness.ts';

const SECRET = `secret-${randomBytes(8).toString('hex')}`;
const STRANGER = `stranger-${randomBytes(4).toString('hex')}`;

interface Crew {
  harness: Harness;
  container: string;
  network: string;
  volume: string;
}

/** The installation whose gate is attacked, and its neighbour on the same engine. */
let own: Crew;
let other: Crew;
/** A container, a network and a volume of somebody else. */
let stranger: string;
let gate: Gate;
let socket: string;
let folder: string;

before(async () => {
  [own, other] = [await crewOf(), await crewOf()];
  const { Id } = await engine<{ Id: string }>('POST', `/containers/create?name=${STRANGER}`, {
    body: {
      Image: 'redis:7-bookworm',
      Cmd: ['sh', '-c', `echo ${SECRET}; exec sleep 600`],
      Env: [`PASSWORD=${SECRET}`],
      Labels: { note: SECRET },
      HostConfig: { Binds: [`${STRANGER}:/data`] },
    },
  });
  stranger = Id;
  await engine('POST', `/containers/${stranger}/start`);
  await engine('POST', '/networks/create', { body: { Name: STRANGER, Labels: { note: SECRET } } });
  folder = await mkdtemp(join(tmpdir(), 'hairem-attacks-'));
  socket = join(folder, 'gate.sock');
  const { installId } = own.harness;
  const redis = { container: await redisOf(installId) };
  const scope = { installId, redis, subnet: '10.219.0.0/16' };
  gate = await runGate({ listen: socket, upstream: ENGINE_SOCKET, scope, bases: await readBaseImages(BASE_IMAGES) });
});

after(async () => {
  await gate?.close();
  await engine('DELETE', `/containers/${stranger}?force=true&v=true`, { accept: [404] });
  await engine('DELETE', `/networks/${STRANGER}`, { accept: [404] });
  await engine('DELETE', `/volumes/${STRANGER}`, { accept: [404] });
  for (const crew of [own, other]) await crew?.harness.close();
  await rm(folder, { recursive: true });
});

async function crewOf(): Promise<Crew> {
  const harness = await realHarness();
  const { host, installId } = harness;
  await host.ensureNetwork({ agent: 'alpha', egress: 'none' });
  const volume = await host.ensureVolume('alpha');
  const container = await host.createContainer(requestFor(harness, { volume }));
  await host.startContainer(container);
  return { harness, container, volume, network: networkName(installId, 'alpha') };
}

async function redisOf(installId: string): Promise<string> {
  const [found] = await engine<{ Id: string }[]>('GET', `/containers/json?${byLabel('io.hairem.contract', installId)}`);
  return found?.Id ?? assert.fail('no Redis');
}

interface Answer {
  status: number;
  text: string;
}

function ask(line: string, body?: object | string | Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  const [method, path] = line.split(' ');
  return new Promise((resolve, reject) => {
    const call = httpRequest({ socketPath: socket, method, path, headers, agent: false }, (response) => {
      text(response).then((all) => resolve({ status: response.statusCode ?? 0, text: all }), reject);
    });
    call.on('error', reject);
    call.end(body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  });
}

/** Bytes as they are, past any client: what comes back until the gate ends the connection or has answered. */
function askRaw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let all = '';
    const connection = createConnection(socket, () => connection.write(bytes));
    connection.setEncoding('utf8');
    connection.on('data', (part) => {
      all += part;
      connection.end();
    });
    connection.on('close', () => resolve(all));
    connection.on('error', reject);
  });
}

const isRefused = ({ status }: Answer) => status === 403 || status === 404 || status === 400;

function assertRefused(answer: Answer, what: string): void {
  assert.ok(isRefused(answer), `${what}: ${answer.status} ${answer.text.slice(0, 300)}`);
  assert.ok(!answer.text.includes(SECRET), what);
}

test('what is done to a thing is done to our own', async () => {
  for (const id of [stranger, STRANGER, stranger.slice(0, 12), other.container]) {
    const lines = [
      `GET /containers/${id}/json`,
      `GET /v1.41/containers/${id}/json?size=true`,
      `GET /containers/${id}/logs?stdout=true&stderr=true&tail=all`,
      `GET /containers/${id}/stats?stream=false`,
      `GET /containers/${id}/top`,
      `GET /containers/${id}/changes`,
      `GET /containers/${id}/export`,
      `GET /containers/${id}/archive?path=/etc/passwd`,
      `POST /containers/${id}/start`,
      `POST /containers/${id}/stop?t=0`,
      `POST /containers/${id}/restart`,
      `POST /containers/${id}/kill?signal=KILL`,
      `POST /containers/${id}/pause`,
      `POST /containers/${id}/rename?name=hairem-${own.harness.installId}-alpha-9`,
      `POST /containers/${id}/wait?condition=removed`,
      `POST /containers/${id}/attach?stream=1&stdout=1`,
      `POST /containers/${id}/exec`,
      `POST /containers/${id}/update`,
      `POST /commit?container=${id}`,
      `DELETE /containers/${id}?force=true&v=true`,
    ];
    for (const line of lines) {
      const body = line.endsWith('update') ? { NanoCpus: 1e7 } : line.endsWith('exec') ? { Cmd: ['id'] } : undefined;
      assertRefused(await ask(line, body), line);
    }
  }
  assert.ok((await inspect(stranger)).State.Running);
  assert.ok((await inspect(other.container)).State.Running);
});

test('networks and volumes of others stay as they are', async () => {
  const redis = await redisOf(own.harness.installId);
  for (const name of [STRANGER, other.network, 'bridge', 'host']) {
    assertRefused(await ask(`GET /networks/${name}`), `inspect ${name}`);
    assertRefused(await ask(`DELETE /networks/${name}`), `delete ${name}`);
    const connect = { Container: redis, EndpointConfig: { Aliases: ['redis'] } };
    assertRefused(await ask(`POST /networks/${name}/connect`, connect), `connect ${name}`);
    const disconnect = { Container: stranger, Force: true };
    assertRefused(await ask(`POST /networks/${name}/disconnect`, disconnect), `disconnect ${name}`);
  }
  for (const container of [stranger, STRANGER, other.container, own.container]) {
    const connect = { Container: container, EndpointConfig: { Aliases: ['redis'] } };
    assertRefused(await ask(`POST /networks/${own.network}/connect`, connect), `connect ${container}`);
  }
  const disconnect = { Container: stranger, Force: true };
  assertRefused(await ask(`POST /networks/${own.network}/disconnect`, disconnect), 'disconnect a stranger');
  for (const name of [STRANGER, other.volume, own.volume]) {
    assertRefused(await ask(`DELETE /volumes/${name}?force=true`), `delete ${name}`);
    assertRefused(await ask(`GET /volumes/${name}`), `inspect ${name}`);
  }
});

test('images of others are neither seen, tagged nor removed', async () => {
  for (const image of [
    'redis:7-bookworm',
    'node:24-bookworm-slim',
    other.harness.image,
    'hairem/orchestrator:latest',
  ]) {
    assertRefused(await ask(`GET /images/${image}/json`), `inspect ${image}`);
    assertRefused(await ask(`DELETE /images/${image}`), `delete ${image}`);
    assertRefused(await ask(`DELETE /images/${image}?force=true`), `force ${image}`);
    assertRefused(await ask(`POST /images/${image}/tag?repo=hairem/agent-alpha&tag=x`), `tag ${image}`);
    assertRefused(await ask(`POST /images/${image}/push`), `push ${image}`);
    assertRefused(await ask(`GET /images/${image}/get`), `get ${image}`);
  }
  assertRefused(await ask('POST /images/create?fromImage=evil&tag=1'), 'pull');
  assertRefused(await ask('POST /images/load'), 'load');
  assertRefused(await ask('POST /images/prune'), 'prune');
});

test('lists, inspections and events show our own', async () => {
  const foreign = [SECRET, STRANGER, stranger, other.container, other.harness.installId];
  const filters = (value: object) => encodeURIComponent(JSON.stringify(value));
  const lines = [
    'GET /containers/json?all=true',
    `GET /containers/json?all=true&filters=${filters({ label: ['note'] })}`,
    `GET /containers/json?all=true&filters=${filters({ label: [`${LABEL.orchestrator}=${other.harness.installId}`] })}`,
    `GET /containers/json?all=true&filters=${filters({ label: { note: true } })}`,
    'GET /networks',
    `GET /networks?filters=${filters({ name: [STRANGER] })}`,
    `GET /networks/${own.network}`,
    'GET /volumes',
    'GET /images/json',
    'GET /info',
    'GET /version',
    `GET /containers/${await redisOf(own.harness.installId)}/json`,
  ];
  for (const line of lines) {
    const { status, text: shown } = await ask(line);
    assert.equal(status, 200, `${line}: ${shown}`);
    for (const secret of foreign) assert.ok(!shown.includes(secret), `${line} shows ${secret}: ${shown.slice(0, 300)}`);
    assert.doesNotMatch(shown, /"(?:Env|Mounts|Driver|DockerRootDir|Mountpoint|Cmd|Binds)"/, line);
  }
  for (const key of ['id', 'name', 'ancestor', 'Label']) {
    assertRefused(await ask(`GET /containers/json?filters=${filters({ [key]: [stranger] })}`), key);
  }
  for (const line of [
    'GET /system/df',
    'GET /images/search?term=x',
    'GET /tasks',
    'GET /configs',
    'GET /distribution/x/json',
  ])
    assertRefused(await ask(line), line);
});

test('events of others are not heard', async () => {
  const heard = await new Promise<string>((resolve, reject) => {
    const filters = encodeURIComponent(JSON.stringify({ type: ['container', 'network', 'volume', 'image'] }));
    const call = httpRequest({ socketPath: socket, path: `/events?filters=${filters}`, agent: false }, (response) => {
      let all = '';
      response.setEncoding('utf8');
      response.on('data', (part) => {
        all += part;
        if (!all.includes('"Action":"kill"')) return;
        call.destroy();
        resolve(all);
      });
      // First theirs, then ours: when ours is heard, theirs has been.
      engine('POST', `/containers/${stranger}/kill?signal=CONT`)
        .then(() => engine('POST', `/containers/${other.container}/kill?signal=CONT`))
        .then(() => engine('POST', `/containers/${own.container}/kill?signal=CONT`))
        .catch(reject);
    });
    call.end();
  });
  assert.ok(heard.includes(own.container));
  assert.ok(!heard.includes(stranger) && !heard.includes(other.container) && !heard.includes(SECRET), heard);
});

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
    const said = await askRaw(bytes);
    assert.ok(!said.includes(SECRET) && !said.includes('101 '), said);
  }
  const chunked = await ask('POST /volumes/create', '{"Name":"x"}', { 'transfer-encoding': 'chunked' });
  assertRefused(chunked, 'a body in chunks');
  const deep = await ask('POST /volumes/create', `${'['.repeat(50_000)}${']'.repeat(50_000)}`);
  assertRefused(deep, 'a deep body');
  assert.equal((await ask('GET /version')).status, 200);
});
