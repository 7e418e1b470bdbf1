/** The credential of a running agent, as its own code may read it, and a connection with it: what a hostile one can do. */
import { createConnection } from 'node:net';
import { Redis } from 'ioredis';
import { inspect } from '../host/engine.ts';
import type { Installation } from '../installation/installation.ts';

export interface Login {
  username: string;
  password: string;
}

/** The credential in the environment of the running instance. */
export async function loginOf({ api }: Installation, id: string): Promise<Login> {
  const record = await api.agent(id);
  const { Config } = await inspect(record.container?.id ?? '');
  const password = Config.Env.find((line) => line.startsWith('HAIREM_REDIS_PASSWORD='))?.split('=')[1] ?? '';
  return { username: `${id}.${record.instance}`, password };
}

/** What Redis answers to who comes with it: `+OK`, or why not. */
export function answerTo({ redis: { host, port } }: Installation, { username, password }: Login): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port });
    socket.once('error', reject);
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString().trim());
    });
    socket.write(`AUTH ${username} ${password}\r\n`);
  });
}

/** Runs it on a connection of its own, which is closed then. */
export async function as<T>(
  { redis }: Installation,
  login: Partial<Login>,
  run: (client: Redis) => Promise<T>,
): Promise<T> {
  const { host, port } = redis;
  const client = new Redis({
    host,
    port,
    ...login,
    protocol: 3,
    enableReadyCheck: false,
    disableClientInfo: true,
    lazyConnect: true,
    retryStrategy: () => null,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return await run(client);
  } finally {
    client.disconnect();
  }
}
