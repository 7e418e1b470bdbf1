/** ./hairem test with a played engine and a played npm: in which surroundings the tests are started. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PLAYED = {
  docker:
    '#!/bin/sh\n[ "$1 $2" != "context inspect" ] || echo "unix://$PLAYED_SOCKET" | sed "s#.*#$(printenv DOCKER_HOST || echo "&")#"\n',
  npm: '#!/bin/sh\necho "$HAIREM_DOCKER_SOCKET $(umask) $*"\n',
  python3: '#!/bin/sh\nexit 0\n',
  'redis-server': '#!/bin/sh\nexit 0\n',
};

/** An engine's socket is one that somebody listens on. */
async function socketAt(t: TestContext, path: string): Promise<string> {
  const server = createServer().listen(path);
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => server.close());
  return path;
}

async function testCommand(t: TestContext, env: (root: string) => Promise<Record<string, string>>, before = ':') {
  const root = await mkdtemp(join(tmpdir(), 'hairem t '));
  t.after(() => rm(root, { recursive: true }));
  await mkdir(join(root, 'bin'));
  await cp(join(ROOT, 'deploy'), join(root, 'deploy'), { recursive: true });
  await cp(join(ROOT, 'hairem'), join(root, 'hairem'));
  const scripts = { ...Object.fromEntries(Object.entries(PLAYED).map(([name, text]) => [`bin/${name}`, text])) };
  for (const [path, text] of Object.entries({ ...scripts, 'deploy/prepare.sh': '#!/bin/sh\nexit 0\n' })) {
    await writeFile(join(root, path), text);
    await chmod(join(root, path), 0o755);
  }
  // The packages are there, and newer than what asks for them.
  await mkdir(join(root, 'node_modules'));
  for (const path of ['package-lock.json', 'node_modules/.package-lock.json']) await writeFile(join(root, path), '{}');
  await utimes(join(root, 'package-lock.json'), 0, 0);
  const own = await env(root);
  const all = { PATH: `${join(root, 'bin')}:${process.env.PATH}`, ...own };
  return new Promise<{ out: string; err: string; root: string }>((resolve) => {
    execFile('sh', ['-c', `${before}; exec "$0" test unit`, join(root, 'hairem')], { env: all }, (_, out, err) =>
      resolve({ out, err, root }),
    );
  });
}

test('the tests call the engine that the docker client calls', async (t) => {
  const played = await testCommand(t, async (root) => ({ PLAYED_SOCKET: await socketAt(t, join(root, 'usual.sock')) }));
  assert.match(played.out, /usual\.sock 0022 test --silent -- unit\n$/, played.err);
  const other = await testCommand(t, async (root) => ({
    DOCKER_HOST: `unix://${await socketAt(t, join(root, 'other.sock'))}`,
  }));
  assert.match(other.out, /other\.sock 0022 test/, other.err);
});

test('an engine elsewhere is refused before anything is tested', async (t) => {
  const { out, err } = await testCommand(t, async () => ({ DOCKER_HOST: 'tcp://10.0.0.5:2375' }));
  assert.equal(out, '');
  assert.match(
    err,
    /the engine is at tcp:\/\/10\.0\.0\.5:2375, but hAIrem needs its socket on this host: unset DOCKER_HOST/,
  );
});

test('files are made for others to read, whatever the umask', async (t) => {
  const env = async (root: string) => ({ PLAYED_SOCKET: await socketAt(t, join(root, 'usual.sock')) });
  const { out, err } = await testCommand(t, env, 'umask 077; unset HOME; export LC_ALL=C TZ=Pacific/Chatham');
  assert.match(out, / 0022 test/, err);
});
