/**
 * The `init` process: runs once before Redis starts and leaves what the others need at their first start, which are
 * the installation's id, the API token, the passwords of the bus and Redis' own files. What is there already is kept.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { CORE_USERS, type CorePasswords, type CoreUser, usersAcl } from './bus/core-users.ts';
import { READABLE, readIfThere, removeFile, writeWhole } from './credentials/private-file.ts';
import { createRotationFile, nextOf, promote } from './credentials/rotation-file.ts';
import { HairemError } from './domain/errors/errors.ts';
import { readConfig } from './process/config.ts';

export async function runInit(): Promise<void> {
  await init(readConfig(process.env));
}

export interface InitFolders {
  /** The data volume: the orchestrator reads it, agents never. */
  dataDir: string;
  /** The volume that Redis reads at its start; holds hashes, no passwords. */
  redisDir: string;
  /** The services' own volume: they see neither the API token nor the orchestrator's password. */
  servicesDir: string;
  /** The volume of the databases, which had what the services have now; null where there is none to look at. */
  storeDir?: string | null;
  /** The gate's alone to read: the orchestrator cannot make it another installation's. */
  identityDir: string;
}

/** What is there is kept, since running agents and backups rely on it, but for what a rotation replaced. @throws bad_config */
export async function init(folders: InitFolders): Promise<void> {
  const { dataDir, redisDir, servicesDir, storeDir = null } = folders;
  if (storeDir !== null && storeDir !== servicesDir) await clearOfPasswords(storeDir);
  await keepInstallId(dataDir, folders.identityDir);
  await endRotation(folders);
  for (const name of ['token', 'secrets-key', 'control-key']) await keepOrCreate(join(dataDir, name), randomSecret);
  for (const user of CORE_USERS) await keepOrCreate(passwordFile(folders, user), randomSecret);
  await removeFile(join(dataDir, 'redis', 'services.password')); // of the one user that they had before
  await removeFile(join(folders.servicesDir, 'redis.password'));
  await ensureContent(join(redisDir, 'users.acl'), usersAcl(await passwordsOf(folders)));
  await ensureContent(join(redisDir, 'redis.conf'), redisConf(join(redisDir, 'users.acl')));
}

/** One that the orchestrator has carried out: what was next is all that there is. Killed in between, the next run ends it. */
async function endRotation(folders: InitFolders): Promise<void> {
  const rotation = createRotationFile(folders.dataDir);
  if (!(await rotation.load())?.done) return;
  for (const user of CORE_USERS) await promote(passwordFile(folders, user));
  await rotation.remove();
}

/** Before there was a store, the services and the databases shared a volume: what queries reach must hold no password. */
async function clearOfPasswords(storeDir: string): Promise<void> {
  for (const name of ['redis.password', 'redis.password.new', 'ready']) await removeFile(join(storeDir, name));
}

/** Each where its one reader sees it: the services never see the orchestrator's, nor it theirs. */
export function passwordFile({ dataDir, servicesDir }: InitFolders, user: CoreUser): string {
  const folder = user === 'orchestrator' ? join(dataDir, 'redis') : join(servicesDir, 'redis');
  return join(folder, `${user}.password`);
}

/**
 * Written once. The orchestrator can write the data volume, so another id there is refused and not followed: with it
 * the gate would let through calls for another installation's things.
 */
async function keepInstallId(dataDir: string, identityDir: string): Promise<void> {
  const file = join(identityDir, 'install-id');
  const known = await readIfThere(file);
  await keepOrCreate(join(dataDir, 'install-id'), () => known || randomBytes(4).toString('hex'));
  const id = (await readIfThere(join(dataDir, 'install-id'))) ?? '';
  if (!known) return writeWhole(file, `${id}\n`, READABLE);
  if (known === id) return;
  const advice = 'put back both of a backup, or remove the volume `identity` if the data is what you mean to run';
  throw new HairemError(
    'bad_config',
    `the volume \`data\` is of installation ${id}, \`identity\` of ${known}: ${advice}`,
  );
}

async function passwordsOf(folders: InitFolders): Promise<CorePasswords> {
  const pairs = CORE_USERS.map(async (user) => [user, await validOf(passwordFile(folders, user))] as const);
  return Object.fromEntries(await Promise.all(pairs)) as Record<CoreUser, string[]>;
}

/** The password, and while it is rotated the next one, too. */
async function validOf(file: string): Promise<string[]> {
  const both = [await readIfThere(file), await readIfThere(nextOf(file))];
  return both.filter((password) => password !== null && password !== '') as string[];
}

/** 256 bits as base64url: safe in headers, URLs and files. */
export const randomSecret = () => randomBytes(32).toString('base64url');

/**
 * Nothing is kept on disk: the bus is pub/sub. The size limits are Redis' because a receiver cannot enforce them: a
 * message too large is cut off at its sender, and a reader too slow is cut off before Redis' memory is gone. What all
 * connections together may hold is `maxmemory-clients`: above it the one that holds the most is ended, never one that
 * said CLIENT NO-EVICT as the core's do. One of those may be 128 MiB behind: some hundred milliseconds of a flood, after
 * which the speaker is fenced. Who has said no password may send 10 parts of 16 KiB (Redis' own bound).
 */
export function redisConf(aclFile: string): string {
  return `aclfile ${aclFile}
save ""
appendonly no
maxclients 2000
maxmemory 400mb
maxmemory-policy noeviction
maxmemory-clients 96mb
proto-max-bulk-len 1mb
client-query-buffer-limit 2mb
client-output-buffer-limit normal 4mb 0 0
client-output-buffer-limit pubsub 128mb 64mb 30
tcp-keepalive 30
`;
}

async function keepOrCreate(path: string, create: () => string): Promise<void> {
  if (!(await readIfThere(path))) await writeWhole(path, `${create()}\n`);
}

async function ensureContent(path: string, text: string): Promise<void> {
  if ((await readIfThere(path)) !== text.trim()) await writeWhole(path, text);
}
