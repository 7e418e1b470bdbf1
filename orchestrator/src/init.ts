/**
 * The `init` process: runs once before Redis starts and leaves what the others need at their first start, which are
 * the installation's id, the API token, the passwords of the bus and Redis' own files. What is there already is kept.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
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
  /** The gate's alone to read: the orchestrator cannot make it another installation's. */
  identityDir: string;
}

/** Passwords are random and never rotated here: running agents and backups rely on them. @throws bad_config */
export async function init({ dataDir, redisDir, servicesDir, identityDir }: InitFolders): Promise<void> {
  await keepInstallId(dataDir, identityDir);
  await keepOrCreate(join(dataDir, 'token'), randomSecret);
  await keepOrCreate(join(dataDir, 'secrets-key'), randomSecret);
  const orchestrator = await keepOrCreate(join(dataDir, 'redis', 'orchestrator.password'), randomSecret);
  const services = await keepOrCreate(join(dataDir, 'redis', 'services.password'), randomSecret);
  await ensureContent(join(servicesDir, 'redis.password'), `${services}\n`);
  await ensureContent(join(redisDir, 'users.acl'), usersAcl({ orchestrator, services }));
  await ensureContent(join(redisDir, 'redis.conf'), redisConf(join(redisDir, 'users.acl')));
}

/**
 * Written once. The orchestrator can write the data volume, so another id there is refused and not followed: with it
 * the gate would let through calls for another installation's things.
 */
async function keepInstallId(dataDir: string, identityDir: string): Promise<void> {
  const known = (await readIfThere(join(identityDir, 'install-id')))?.trim();
  const id = await keepOrCreate(join(dataDir, 'install-id'), () => known || randomBytes(4).toString('hex'));
  if (!known) return write(join(identityDir, 'install-id'), `${id}\n`, READABLE);
  if (known === id) return;
  const advice = 'put back both of a backup, or remove the volume `identity` if the data is what you mean to run';
  throw new HairemError(
    'bad_config',
    `the volume \`data\` is of installation ${id}, \`identity\` of ${known}: ${advice}`,
  );
}

/** The gate has another uid, and no capabilities. */
const READABLE = { folder: 0o755, file: 0o644 };
const PRIVATE = { folder: 0o700, file: 0o600 };

/** 256 bits as base64url: safe in headers, URLs and files. */
const randomSecret = () => randomBytes(32).toString('base64url');

/**
 * Users that exist before anyone can connect; those of agent instances are made at run time. `default` is off, or a
 * Redis that comes back empty would let everyone in. Services read requests and answer on `re:`, and ask the
 * orchestrator as `system` (BUS.md, "Channels"). Of Redis' own commands the orchestrator's bus uses ACL (SETUSER DELUSER
 * USERS LOG), CLIENT (SETNAME LIST KILL NO-EVICT), INFO, MULTI, EXEC, PING, PUBLISH, (P)SUBSCRIBE; `services` CLIENT NO-EVICT.
 */
export function usersAcl(passwords: { orchestrator: string; services: string }): string {
  const hash = (password: string) => `#${createHash('sha256').update(password).digest('hex')}`;
  const services = [
    'resetchannels -@all +ping +hello +auth +client|setname +client|no-evict +info',
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
async function write(path: string, text: string, mode = PRIVATE): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: mode.folder });
    await writeFile(`${path}.new`, text, { mode: mode.file, flush: true });
    await rename(`${path}.new`, path);
  } catch (cause) {
    throw new HairemError('bad_config', `cannot write ${path}: the volume must belong to uid ${uid()}`, { cause });
  }
}

const uid = () => process.getuid?.() ?? 'of this process';
