/**
 * The `init` process: runs once before Redis starts and leaves what the others need at their first start, which are
 * the installation's id, the API token, the passwords of the bus and Redis' own files. What is there already is kept.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readConfig } from './config.ts';
import { HairemError } from './domain/errors.ts';

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
}

/** Passwords are random and never rotated here: running agents and backups rely on them. @throws bad_config */
export async function init({ dataDir, redisDir, servicesDir, storeDir = null }: InitFolders): Promise<void> {
  if (storeDir !== null && storeDir !== servicesDir) await clearOfPasswords(storeDir);
  await keepOrCreate(join(dataDir, 'install-id'), () => randomBytes(4).toString('hex'));
  await keepOrCreate(join(dataDir, 'token'), randomSecret);
  await keepOrCreate(join(dataDir, 'secrets-key'), randomSecret);
  const orchestrator = await keepOrCreate(join(dataDir, 'redis', 'orchestrator.password'), randomSecret);
  const services = await keepOrCreate(join(dataDir, 'redis', 'services.password'), randomSecret);
  await ensureContent(join(servicesDir, 'redis.password'), `${services}\n`);
  await ensureContent(join(redisDir, 'users.acl'), usersAcl({ orchestrator, services }));
  await ensureContent(join(redisDir, 'redis.conf'), redisConf(join(redisDir, 'users.acl')));
}

/** Before there was a store, the services and the databases shared a volume: what queries reach must hold no password. */
async function clearOfPasswords(storeDir: string): Promise<void> {
  for (const name of ['redis.password', 'redis.password.new', 'ready']) await rm(join(storeDir, name), { force: true });
}

/** 256 bits as base64url: safe in headers, URLs and files. */
const randomSecret = () => randomBytes(32).toString('base64url');

/**
 * Users that exist before anyone can connect; those of agent instances are made at run time. `default` is off, or a
 * Redis that comes back empty would let everyone in. Services read requests and answer on `re:`, and ask the
 * orchestrator as `system` (BUS.md, "Channels").
 */
export function usersAcl(passwords: { orchestrator: string; services: string }): string {
  const hash = (password: string) => `#${createHash('sha256').update(password).digest('hex')}`;
  const services = [
    'resetchannels -@all +ping +hello +auth +client|setname +info',
    '(+psubscribe +punsubscribe &svc:memory:* &svc:llm:* &svc:history:* &re:system:1)',
    '(+publish &re:* &svc:crew:system:1)',
  ].join(' ');
  return [
    'user default off',
    `user orchestrator on ${hash(passwords.orchestrator)} ~* &* +@all`,
    `user services on ${hash(passwords.services)} ${services}`,
    '',
  ].join('\n');
}

/**
 * Nothing is kept on disk: the bus is pub/sub. The size limits are Redis' because a receiver cannot enforce them: a
 * message too large is cut off at its sender, and a reader too slow is cut off before Redis' memory is gone.
 */
export function redisConf(aclFile: string): string {
  return `aclfile ${aclFile}
save ""
appendonly no
maxclients 2000
maxmemory 128mb
maxmemory-policy noeviction
proto-max-bulk-len 1mb
client-query-buffer-limit 4mb
client-output-buffer-limit pubsub 32mb 16mb 30
tcp-keepalive 30
`;
}

/** @returns the file's text without the newline at its end */
async function keepOrCreate(path: string, create: () => string): Promise<string> {
  const kept = await readIfThere(path);
  if (kept?.trim()) return kept.trim();
  const text = create();
  await write(path, `${text}\n`);
  return text;
}

async function ensureContent(path: string, text: string): Promise<void> {
  if ((await readIfThere(path)) !== text) await write(path, text);
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new HairemError('bad_config', `cannot read ${path}: the volume must belong to uid ${uid()}`, { cause });
  }
}

/** Whole or not at all: a secret cut in half by a power failure would be kept for good. */
async function write(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(`${path}.new`, text, { mode: 0o600, flush: true });
    await rename(`${path}.new`, path);
  } catch (cause) {
    throw new HairemError('bad_config', `cannot write ${path}: the volume must belong to uid ${uid()}`, { cause });
  }
}

const uid = () => process.getuid?.() ?? 'of this process';
