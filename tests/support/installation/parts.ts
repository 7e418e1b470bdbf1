/** What one installation of the tests stands on: its files, its network, its Redis, its port and its variables. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { init } from '../../../orchestrator/src/init.ts';
import { type RedisPlace, startRedis } from './redis-container.ts';
import { createCoreNetwork, type SubnetBlock } from './subnet-block.ts';
import { RIG_LABEL } from './sweep.ts';

export interface Parts {
  installId: string;
  token: string;
  dataDir: string;
  network: string;
  block: SubnetBlock;
  redis: RedisPlace;
}

export async function prepareParts(root: string): Promise<Parts> {
  const [dataDir, redisDir] = [join(root, 'data'), join(root, 'redis-conf')];
  await init({ dataDir, redisDir, servicesDir: join(dataDir, 'services'), identityDir: join(root, 'identity') });
  const read = async (path: string) => (await readFile(join(dataDir, path), 'utf8')).trim();
  const installId = await read('install-id');
  const network = `hairem-rig-${installId}`;
  const labels = { [RIG_LABEL]: `${process.pid}/${installId}` };
  const block = await createCoreNetwork(network, labels);
  const redis = await startRedis({ name: network, network, address: block.redis, folder: redisDir, labels });
  return { installId, token: await read('token'), dataDir, network, block, redis };
}

interface Surroundings {
  root: string;
  agentsDir: string;
  parts: Parts;
  port: number;
}

/** Variables of the gate, the orchestrator, the store and the services. */
export function environmentOf({ root, agentsDir, parts, port }: Surroundings) {
  return {
    PATH: process.env.PATH ?? '',
    HAIREM_DATA_DIR: parts.dataDir,
    HAIREM_SERVICES_DIR: join(parts.dataDir, 'services'),
    HAIREM_STORE_DIR: join(parts.dataDir, 'store'),
    HAIREM_STORE_SOCKET: join(root, 'store.sock'),
    HAIREM_IDENTITY_DIR: join(root, 'identity'),
    HAIREM_AGENTS_DIR: agentsDir,
    HAIREM_GATE_SOCKET: join(root, 'gate.sock'),
    HAIREM_ENGINE_SOCKET: join(root, 'gate.sock'),
    HAIREM_DOCKER_SOCKET: process.env.HAIREM_DOCKER_SOCKET ?? '/var/run/docker.sock',
    HAIREM_REDIS_HOST: parts.redis.host,
    HAIREM_REDIS_PORT: String(parts.redis.port),
    HAIREM_REDIS_CONTAINER: parts.redis.id,
    HAIREM_API_HOST: '127.0.0.1',
    HAIREM_API_PORT: String(port),
    HAIREM_SUBNET: parts.block.agents,
    HAIREM_REMOVE_HOLD_SECONDS: '1',
    HAIREM_BACKOFF_BASE_MS: '1000',
    HAIREM_LOG_LEVEL: 'debug',
  };
}

/** As a user of the tests' own, who looks at everything. */
export function connectTo({ redis }: { redis: Pick<RedisPlace, 'host' | 'port' | 'tester'> }): Redis {
  const client = new Redis({
    host: redis.host,
    port: redis.port,
    ...redis.tester,
    enableReadyCheck: false,
    retryStrategy: () => 100,
  });
  client.on('error', () => {}); // tests kill this Redis
  return client;
}
