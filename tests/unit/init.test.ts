/** What `init` leaves on the volumes, and that it never changes what is there. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { CORE_USERS, usersAcl } from '../../orchestrator/src/bus/core-users.ts';
import { HairemError } from '../../orchestrator/src/domain/errors/errors.ts';
import { init } from '../../orchestrator/src/init.ts';

let root = '';
const folders = () => ({
  dataDir: join(root, 'data'),
  redisDir: join(root, 'redis-conf'),
  servicesDir: join(root, 'services'),
  identityDir: join(root, 'identity'),
});
const read = (path: string) => readFile(join(root, path), 'utf8');
const files = [
  'data/install-id',
  'data/token',
  'data/secrets-key',
  'data/redis/orchestrator.password',
  'data/control-key',
  'services/redis/memory.password',
  'services/redis/llm.password',
  'services/redis/history.password',
  'redis-conf/users.acl',
  'redis-conf/redis.conf',
];
const contents = () => Promise.all(files.map(read));

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hairem-init-'));
});
afterEach(() => rm(root, { recursive: true }));

test('a first run makes every file, readable by its owner alone', async () => {
  await init(folders());
  for (const file of files) assert.equal((await stat(join(root, file))).mode & 0o777, 0o600, file);
  assert.match(await read('data/install-id'), /^[0-9a-f]{8}\n$/);
  assert.match(await read('data/token'), /^[\w-]{43}\n$/);
});

test('each password lies where its one reader is, and they all differ', async () => {
  await init(folders());
  assert.deepEqual(await readdir(join(root, 'services')), ['redis']);
  assert.deepEqual(await readdir(join(root, 'data/redis')), ['orchestrator.password']);
  const secrets = files.filter((file) => /password|token|key/.test(file));
  assert.equal(new Set(await Promise.all(secrets.map(read))).size, secrets.length);
});

test('the one password that the services had before is gone', async () => {
  await init(folders());
  await writeFile(join(root, 'services/redis.password'), 'old');
  await writeFile(join(root, 'data/redis/services.password'), 'old');
  await init(folders());
  assert.deepEqual(await readdir(join(root, 'services')), ['redis']);
  assert.deepEqual(await readdir(join(root, 'data/redis')), ['orchestrator.password']);
});

test('a second run changes nothing', async () => {
  await init(folders());
  const before = await contents();
  await init(folders());
  assert.deepEqual(await contents(), before);
});

test('the gate gets a copy of the id that it can read, and no other later', async () => {
  await init(folders());
  assert.equal(await read('identity/install-id'), await read('data/install-id'));
  assert.equal((await stat(join(root, 'identity/install-id'))).mode & 0o777, 0o644);
  await writeFile(join(root, 'data/install-id'), '0badf00d');
  await assert.rejects(init(folders()), /`data` is of installation 0badf00d, `identity` of [0-9a-f]{8}: put back/);
  assert.notEqual((await read('identity/install-id')).trim(), '0badf00d');
});

test('a lost ACL file is made again from the passwords', async () => {
  await init(folders());
  const before = await contents();
  await rm(join(root, 'redis-conf'), { recursive: true });
  await init(folders());
  assert.deepEqual(await contents(), before);
});

test('a token that the user chose is kept, an empty one is not', async () => {
  await init(folders());
  await writeFile(join(root, 'data/token'), 'chosen-by-hand');
  await init(folders());
  assert.equal(await read('data/token'), 'chosen-by-hand');
  await writeFile(join(root, 'data/token'), '');
  await init(folders());
  assert.match(await read('data/token'), /^[\w-]{43}\n$/);
});

test('the ACL file lets nobody in by default and holds hashes alone', () => {
  const acl = usersAcl({ orchestrator: ['first', 'next'], memory: ['second'], llm: ['third'], history: ['fourth'] });
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  assert.match(acl, /^user default off$/m);
  assert.match(acl, new RegExp(`^user orchestrator on #${sha256('first')} #${sha256('next')} resetkeys `, 'm'));
  assert.match(acl, new RegExp(`^user memory on #${sha256('second')} resetkeys resetchannels -@all `, 'm'));
  assert.doesNotMatch(acl, /first|second|third|fourth|next/);
  for (const user of CORE_USERS) assert.doesNotMatch(acl, new RegExp(`^user ${user} .*(\\+@|~\\*|&\\* )`, 'm'), user);
});

test('a folder that cannot be written is a clear error', async () => {
  await writeFile(join(root, 'data'), 'a file where the folder should be');
  await assert.rejects(init(folders()), (error) => error instanceof HairemError && error.code === 'bad_config');
});
