/** What is prepared on the volumes for a rotation, carried out on them, and ended; killed anywhere, another run goes on. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { createAccessToken } from '../../orchestrator/src/api/access-token.ts';
import { controlKeyFiles } from '../../orchestrator/src/bus/control-keys.ts';
import { createControlSeal } from '../../orchestrator/src/bus/control-seal.ts';
import { CORE_USERS, sha256 } from '../../orchestrator/src/bus/core-users.ts';
import { passwordsIn } from '../../orchestrator/src/credentials/password-file.ts';
import { createRotationFile } from '../../orchestrator/src/credentials/rotation-file.ts';
import { init, passwordFile } from '../../orchestrator/src/init.ts';
import { prepareRotation } from '../../orchestrator/src/init-rotation.ts';
import { readConfig } from '../../orchestrator/src/process/config.ts';
import { rotationPorts } from '../../orchestrator/src/start/rotation.ts';

let root = '';
const folders = () => ({
  dataDir: join(root, 'data'),
  redisDir: join(root, 'redis-conf'),
  servicesDir: join(root, 'services'),
  identityDir: join(root, 'identity'),
});
const read = async (path: string) => (await readFile(join(root, path), 'utf8')).trim();
const fileOf = (user: (typeof CORE_USERS)[number]) => passwordFile(folders(), user);
const passwords = () => Promise.all(CORE_USERS.map(async (user) => (await readFile(fileOf(user), 'utf8')).trim()));
/** Hashes of each user in Redis' file, the first one first. */
async function hashes(): Promise<string[][]> {
  const acl = await read('redis-conf/users.acl');
  return CORE_USERS.map((user) => {
    const line = acl.split('\n').find((each) => each.startsWith(`user ${user} `)) ?? '';
    return [...line.matchAll(/#([0-9a-f]{64})/g)].map(([, hash = '']) => hash);
  });
}
const names = async (folder: string) => (await readdir(join(root, folder))).sort();

function ports() {
  const seal = createControlSeal({ current: 'k', former: null }, 1);
  const token = createAccessToken('old');
  const config = readConfig({ HAIREM_DATA_DIR: join(root, 'data') });
  const hidden: string[] = [];
  const redactor = { hide: (values: Iterable<string>) => void hidden.push(...values) };
  return { token, hidden, ...rotationPorts({ config, seal, token, redactor, open: new Set() }) };
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hairem-rotation-'));
  await init(folders());
});
afterEach(() => rm(root, { recursive: true }));

test('prepared: both passwords count for Redis, the one of before first, and what is kept holds hashes alone', async () => {
  const [before, token] = [await passwords(), await read('data/token')];
  await prepareRotation(folders());
  assert.deepEqual([await passwords(), await read('data/token')], [before, token]);
  const next = await Promise.all(CORE_USERS.map((user) => readFile(`${fileOf(user)}.next`, 'utf8')));
  assert.deepEqual(
    await hashes(),
    CORE_USERS.map((_, at) => [sha256(before[at] ?? ''), sha256(next[at]?.trim() ?? '')]),
  );
  const kept = await createRotationFile(folders().dataDir).load();
  assert.deepEqual(
    kept?.users.map(({ next: hash }) => hash),
    (await hashes()).map(([, hash]) => hash),
  );
  const text = await read('data/rotation.json');
  for (const secret of [...before, ...next.map((one) => one.trim())]) assert.ok(!text.includes(secret));
});

test('prepared again: the same goes on; what nobody has noted as prepared may be known, and is made anew', async () => {
  const before = await passwords();
  await prepareRotation(folders());
  const [first, kept] = [await hashes(), await read('data/rotation.json')];
  await prepareRotation(folders());
  assert.deepEqual([await hashes(), await read('data/rotation.json')], [first, kept]);
  await rm(join(root, 'data/rotation.json'));
  await prepareRotation(folders());
  const second = await hashes();
  assert.deepEqual(
    second.map(([former]) => former),
    before.map(sha256),
  );
  for (const [at, [, next]] of second.entries()) assert.notEqual(next, first[at]?.[1]);
});

test('an `init` meanwhile, as of `./hairem up`, changes nothing of it', async () => {
  await prepareRotation(folders());
  const before = [await hashes(), await passwords(), await read('data/rotation.json'), await read('data/token.next')];
  await init(folders());
  assert.deepEqual(
    [await hashes(), await passwords(), await read('data/rotation.json'), await read('data/token.next')],
    before,
  );
});

test('carried out, the next `init` ends it, also after one that was killed halfway; nothing is left behind', async () => {
  const before = await passwords();
  await prepareRotation(folders());
  const [, both] = [await passwords(), await hashes()];
  const store = createRotationFile(folders().dataDir);
  const kept = await store.load();
  assert.ok(kept);
  await ports().changeToken();
  await store.save({ ...kept, expired: {}, done: true });
  await rename(`${fileOf('llm')}.next`, fileOf('llm')); // an `init` that was killed
  for (let times = 0; times < 2; times += 1) await init(folders());
  assert.deepEqual(
    await hashes(),
    both.map(([, next = '']) => [next]),
  );
  const after = await passwords();
  assert.ok(after.every((password) => !before.includes(password)));
  assert.deepEqual(await names('services/redis'), ['history.password', 'llm.password', 'memory.password']);
  assert.deepEqual(await names('data/redis'), ['orchestrator.password']);
  assert.deepEqual(
    (await names('data')).filter((name) => /next|former|rotation|new$/.test(name)),
    [],
  );
  await prepareRotation(folders());
  assert.deepEqual(
    (await hashes()).map(([first]) => first),
    after.map(sha256),
  );
});

test('the token is another at once, on disk and in the API, and is hidden; a second time it stays', async () => {
  await prepareRotation(folders());
  const [before, next] = [await read('data/token'), await read('data/token.next')];
  const { changeToken, token, hidden } = ports();
  let changed = 0;
  token.onChange(() => {
    changed += 1;
  });
  for (let times = 0; times < 2; times += 1) await changeToken();
  assert.deepEqual([await read('data/token'), token.current(), changed], [next, next, 1]);
  assert.notEqual(next, before);
  assert.ok(hidden.includes(next) && hidden.includes(await read('data/redis/orchestrator.password.next')));
});

test('the control key is renewed once, also where it was killed between its two files', async () => {
  const files = controlKeyFiles(folders().dataDir);
  const { current: first } = await files.read();
  const { keys } = ports();
  await writeFile(join(root, 'data/control-key.former'), first);
  await keys.renew();
  const renewed = await files.read();
  assert.deepEqual([renewed.former, renewed.current === first], [first, false]);
  await keys.renew();
  assert.deepEqual(await files.read(), renewed);
  await keys.dropFormer();
  assert.deepEqual(await files.read(), { current: renewed.current, former: null });
});

test('the passwords that may count are read anew, the newest first', async () => {
  await mkdir(join(root, 'x'));
  const known = passwordsIn(join(root, 'x/one'));
  assert.deepEqual(known(), []);
  await writeFile(join(root, 'x/one'), 'first\n');
  assert.deepEqual(known(), ['first']);
  await writeFile(join(root, 'x/one.next'), 'second\n');
  assert.deepEqual(known(), ['second', 'first']);
});

test('a broken file is a clear error', async () => {
  await writeFile(join(root, 'data/rotation.json'), '{"users":');
  await assert.rejects(init(folders()), { code: 'bad_config', message: /rotation\.json is broken: remove it/ });
});
