/** The Redis of one installation of the tests: a container as compose would make it, plus a user for test peers. */
import { createHash, randomBytes } from 'node:crypto';
import { appendFile, chown, readdir, readFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';
import { engine, inspect, killNow } from '../host/engine.ts';

const PORT = 6379;
const UID = 10_001;
/** Publisher processes subscribe the answers to their own senders; a pattern is compared literally with the ACL's. */
const PUBLISHERS = 8;

export interface RedisPlace {
  id: string;
  host: string;
  port: number;
  peers: { username: string; password: string };
  /** May do everything: the tests look at what no user of hAIrem's may. */
  tester: { username: string; password: string };
  /** After `init` has written its folder again: the users for tests are in it, and it can be read. */
  takeFolder(): Promise<void>;
  /** SIGKILL, as a crash; the engine starts it again because of its restart policy. */
  kill(): Promise<void>;
  remove(): Promise<void>;
}

export interface RedisRequest {
  name: string;
  network: string;
  address: string;
  /** Holds `redis.conf` and `users.acl` as `init` left them. */
  folder: string;
  labels: Record<string, string>;
}

export async function startRedis(request: RedisRequest): Promise<RedisPlace> {
  const { folder, address } = request;
  const password = randomBytes(24).toString('base64url');
  const takeFolder = async () => {
    const file = join(folder, 'users.acl');
    const lines = `${peersLine(password)}\n${testerLine(password)}\n`;
    if (!(await readFile(file, 'utf8')).includes(lines)) await appendFile(file, lines);
    await giveTo(folder);
  };
  await takeFolder();
  const query = `name=${request.name}`;
  const { Id } = await engine<{ Id: string }>('POST', `/containers/create?${query}`, { body: createBody(request) });
  await engine('POST', `/containers/${Id}/start`);
  await eventually('Redis accepts connections', () => accepts(address), { deadlineMs: 60_000 });
  return {
    id: Id,
    host: address,
    port: PORT,
    peers: { username: 'peers', password },
    tester: { username: 'tester', password },
    takeFolder,
    kill: async () => killNow((await inspect(Id)).State.Pid),
    remove: async () => {
      await engine('DELETE', `/containers/${Id}?force=true&v=true`, { accept: [404] });
    },
  };
}

const testerLine = (password: string) =>
  `user tester on #${createHash('sha256').update(password).digest('hex')} ~* &* +@all`;

/** Peers write as `peer-…` and read what is answered to them; nothing else. */
function peersLine(password: string): string {
  const hash = createHash('sha256').update(password).digest('hex');
  const patterns = Array.from({ length: PUBLISHERS }, (_, n) => `&agent:peer-${n}-*:*`).join(' ');
  return [
    `user peers on #${hash} resetchannels -@all +ping +hello +auth +client|setname`,
    '(+publish &agent:*:peer-* &broadcast:peer-*)',
    `(+psubscribe +punsubscribe &agent:peer-*:* ${patterns})`,
  ].join(' ');
}

async function giveTo(folder: string): Promise<void> {
  await chown(folder, UID, UID);
  for (const file of await readdir(folder)) await chown(join(folder, file), UID, UID);
}

function createBody({ network, address, folder, labels }: RedisRequest): object {
  return {
    Image: 'redis:7-bookworm',
    Cmd: ['redis-server', join(folder, 'redis.conf')],
    User: `${UID}:${UID}`,
    Labels: labels,
    HostConfig: {
      Binds: [`${folder}:${folder}:ro`],
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      ReadonlyRootfs: true,
      Memory: 512 * 2 ** 20,
      Tmpfs: { '/data': '' },
      RestartPolicy: { Name: 'unless-stopped' },
      NetworkMode: network,
    },
    NetworkingConfig: { EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: address } } } },
  };
}

/** NOAUTH is an answer too. */
export function accepts(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port: PORT, timeout: 1000 });
    const settle = (value: boolean) => {
      socket.destroy();
      resolve(value);
    };
    socket.on('connect', () => socket.write('PING\r\n'));
    socket.on('data', () => settle(true));
    socket.on('error', () => settle(false));
    socket.on('timeout', () => settle(false));
  });
}
