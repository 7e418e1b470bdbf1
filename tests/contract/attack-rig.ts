/** A compromised orchestrator before a real gate: whose installation it is, what else is on the engine, and ways to ask. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { networkName } from '../../orchestrator/src/domain/labels.ts';
import { runGate } from '../../orchestrator/src/gate/gate.ts';
import { readBaseImages } from '../../orchestrator/src/images/base-image.ts';
import { byLabel, ENGINE_SOCKET, engine } from '../support/host/engine.ts';
import { BASE_IMAGES, type Harness, realHarness, requestFor } from './host-harness.ts';

export interface Crew {
  harness: Harness;
  container: string;
  network: string;
  volume: string;
  redis: string;
}

export interface Answer {
  status: number;
  text: string;
}

export interface Attack {
  /** The installation whose gate is attacked, and its neighbour on the same engine. */
  own: Crew;
  other: Crew;
  /** Id of somebody else's container; its name is that of a network and a volume of theirs, too. */
  stranger: string;
  strangerName: string;
  /** In the stranger's environment, labels and log. */
  secret: string;
  socket: string;
  ask(line: string, body?: object | string | Buffer, headers?: Record<string, string>): Promise<Answer>;
  /** Bytes as they are, past any client: what comes back until the gate ends the connection or has answered. */
  askRaw(bytes: string): Promise<string>;
  assertRefused(answer: Answer, what: string): void;
  close(): Promise<void>;
}

export async function startAttack(): Promise<Attack> {
  const [own, other] = [await crewOf(), await crewOf()];
  const [secret, strangerName] = [`secret-${randomHex()}`, `stranger-${randomHex()}`];
  const stranger = await startStranger(strangerName, secret);
  const folder = await mkdtemp(join(tmpdir(), 'hairem-attacks-'));
  const socket = join(folder, 'gate.sock');
  const scope = { installId: own.harness.installId, redis: { container: own.redis }, subnet: '10.219.0.0/16' };
  const bases = await readBaseImages(BASE_IMAGES);
  const gate = await runGate({ listen: socket, upstream: ENGINE_SOCKET, scope, bases });
  return {
    own,
    other,
    stranger,
    strangerName,
    secret,
    socket,
    ask: (line, body, headers) => ask(socket, line, { body, headers }),
    askRaw: (bytes) => askRaw(socket, bytes),
    assertRefused({ status, text: said }, what) {
      assert.ok([400, 403, 404].includes(status), `${what}: ${status} ${said.slice(0, 300)}`);
      assert.ok(!said.includes(secret), what);
    },
    async close() {
      await gate.close();
      await engine('DELETE', `/containers/${stranger}?force=true&v=true`, { accept: [404] });
      await engine('DELETE', `/networks/${strangerName}`, { accept: [404] });
      await engine('DELETE', `/volumes/${strangerName}`, { accept: [404] });
      for (const crew of [own, other]) await crew.harness.close();
      await rm(folder, { recursive: true });
    },
  };
}

const randomHex = () => randomBytes(6).toString('hex');

async function startStranger(name: string, secret: string): Promise<string> {
  const body = {
    Image: 'redis:7-bookworm',
    Cmd: ['sh', '-c', `echo ${secret}; exec sleep 600`],
    Env: [`PASSWORD=${secret}`],
    Labels: { note: secret },
    HostConfig: { Binds: [`${name}:/data`] },
  };
  const { Id } = await engine<{ Id: string }>('POST', `/containers/create?name=${name}`, { body });
  await engine('POST', `/containers/${Id}/start`);
  await engine('POST', '/networks/create', { body: { Name: name, Labels: { note: secret } } });
  return Id;
}

async function crewOf(): Promise<Crew> {
  const harness = await realHarness();
  const { host, installId } = harness;
  await host.ensureNetwork({ agent: 'alpha', egress: 'none' });
  const volume = await host.ensureVolume('alpha');
  const container = await host.createContainer(requestFor(harness, { volume }));
  await host.startContainer(container);
  return { harness, container, volume, network: networkName(installId, 'alpha'), redis: await redisOf(installId) };
}

async function redisOf(installId: string): Promise<string> {
  const label = byLabel('io.hairem.contract', installId);
  const [found] = await engine<{ Id: string }[]>('GET', `/containers/json?${label}`);
  return found?.Id ?? assert.fail('no Redis');
}

interface Asked {
  body: object | string | Buffer | undefined;
  headers: Record<string, string> | undefined;
}

function ask(socketPath: string, line: string, { body, headers = {} }: Asked): Promise<Answer> {
  const [method, path] = line.split(' ');
  return new Promise((resolve, reject) => {
    const call = httpRequest({ socketPath, method, path, headers, agent: false }, (response) => {
      text(response).then((all) => resolve({ status: response.statusCode ?? 0, text: all }), reject);
    });
    call.on('error', reject);
    call.end(body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  });
}

function askRaw(socketPath: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let all = '';
    const connection = createConnection(socketPath, () => connection.write(bytes));
    connection.setEncoding('utf8');
    connection.on('data', (part) => {
      all += part;
      connection.end();
    });
    connection.on('close', () => resolve(all));
    connection.on('error', reject);
  });
}
