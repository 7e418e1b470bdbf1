/** `npm run dev` with a played engine and a played Node: what is started where, and that it is an installation of its own. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SETTINGS } from '../../orchestrator/src/process/config.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NOTE = 'env | grep "^HAIREM_\\|^COMPOSE_\\|^TZ="; echo "$(basename "$0") $*"';
const PLAYED = {
  'bin/docker': `#!/bin/sh\n{ ${NOTE}; } >>"$PLAYED/asked"\n[ "$1" != ps ] || echo c0ffee\n`,
  'bin/uname': '#!/bin/sh\necho "$PLAYED_SYSTEM"\n',
  'node_modules/.bin/node': `#!/bin/sh\n{ ${NOTE}; } >>"$PLAYED/node"\n`,
  'deploy/prepare.sh': '#!/bin/sh\nexit 0\n',
  'deploy/engine.sh': '#!/bin/sh\nexit 0\n',
};

async function checkout(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'hairem dev '));
  t.after(() => rm(root, { recursive: true }));
  for (const path of ['deploy', 'agents/echo', 'package.json'])
    await cp(join(ROOT, path), join(root, path), { recursive: true });
  for (const [path, text] of Object.entries(PLAYED)) {
    await mkdir(join(root, dirname(path)), { recursive: true });
    await writeFile(join(root, path), text);
    await chmod(join(root, path), 0o755);
  }
  // Another installation's, which is nothing to this one.
  await writeFile(join(root, '.env'), 'HAIREM_PORT=1\nCOMPOSE_PROJECT_NAME=home\nTZ=Europe/Paris\n');
  const settings = await readFile(join(root, 'deploy/settings.sh'), 'utf8');
  await writeFile(join(root, 'deploy/settings.sh'), `${settings}\nengine_socket() { echo /dev/null; }\n`);
  // The gate's, which the start waits for; it may be there already.
  await mkdir(join(root, '.dev/gate'), { recursive: true });
  const gate = createServer().listen(join(root, '.dev/gate/gate.sock'));
  t.after(() => gate.close());
  const dev = (words: string[], more: Record<string, string> = {}) => {
    const env = { PATH: `${join(root, 'bin')}:${process.env.PATH}`, PLAYED: root, PLAYED_SYSTEM: 'Linux', ...more };
    return new Promise<{ code: number; err: string }>((resolve) => {
      const child = execFile('sh', [join(root, 'deploy/dev.sh'), ...words], { env }, (_, _out, err) =>
        resolve({ code: child.exitCode ?? -1, err }),
      );
    });
  };
  const said = (what: 'asked' | 'node') => readFile(join(root, what), 'utf8').catch(() => '');
  return { root, dev, said };
}

test('the orchestrator runs on this host under --watch, all else by compose under another name', async (t) => {
  const { root, dev, said } = await checkout(t);
  const { code, err } = await dev([]);
  assert.equal(code, 0, err);
  const asked = await said('asked');
  assert.match(asked, /^docker compose up -d --no-build redis gate store services$/m);
  assert.match(asked, /^COMPOSE_PROJECT_NAME=hairem-dev$/m);
  assert.match(asked, /^COMPOSE_FILE=docker-compose\.yml:deploy\/dev-compose\.yml$/m);
  const node = await said('node');
  assert.match(node, /^node --watch --watch-preserve-output orchestrator\/src\/cli\/main\.ts run$/m);
  const given = Object.fromEntries(node.split('\n').map((line) => line.split(/=(.*)/).slice(0, 2)));
  assert.equal(given.HAIREM_DATA_DIR, join(root, '.dev/data'));
  assert.equal(given.HAIREM_AGENTS_DIR, join(root, '.dev/agents'));
  assert.equal(given.HAIREM_ENGINE_SOCKET, join(root, '.dev/gate/gate.sock'));
  assert.equal(given.HAIREM_COMPOSE_PROJECT, 'hairem-dev');
  assert.deepEqual([given.HAIREM_API_PORT, given.HAIREM_REDIS_PORT, given.TZ], ['8100', '16379', 'Europe/Paris']);
  assert.notEqual(given.HAIREM_IMAGE, 'hairem/orchestrator');
  assert.deepEqual(await readdir(join(root, '.dev/agents')), ['echo']);
  assert.match(err, /npm run dev -- down removes them/);
});

test('what compose gives the orchestrator in its container, it has here, too', async (t) => {
  const { dev, said } = await checkout(t);
  await dev([]);
  const node = await said('node');
  const [, block = ''] =
    /\n {2}orchestrator:\n.*?\n {4}environment:\n(.*?)\n {4}volumes:/s.exec(
      await readFile(join(ROOT, 'docker-compose.yml'), 'utf8'),
    ) ?? [];
  // Those that are empty by default, and the file of certificates, are for whoever sets them.
  const needed = [...block.matchAll(/^ {6}(\w+): (.*)$/gm)]
    .filter(([, name = '', value = '']) => !value.endsWith(':-}') && name !== 'HAIREM_CA_FILE')
    .map(([, name = '']) => name);
  assert.ok(needed.length > 10 && needed.every((name) => SETTINGS.includes(name)), needed.join(' '));
  assert.deepEqual(
    needed.filter((name) => !new RegExp(`^${name}=`, 'm').test(node)),
    [],
  );
});

test('a debugger may be asked for', async (t) => {
  const { dev, said } = await checkout(t);
  await dev(['--inspect=9230']);
  assert.match(
    await said('node'),
    /^node --watch --watch-preserve-output --inspect=9230 orchestrator\/src\/cli\/main\.ts run$/m,
  );
});

test('other words are the command line on it, once it has run', async (t) => {
  const { root, dev, said } = await checkout(t);
  const before = await dev(['ps']);
  assert.deepEqual([before.code, before.err], [4, 'hairem: error: nothing runs for development: npm run dev\n']);
  await mkdir(join(root, '.dev/data'));
  await writeFile(join(root, '.dev/data/token'), 'x');
  assert.equal((await dev(['send', 'echo', 'two  words'])).code, 0);
  assert.match(await said('node'), /^HAIREM_API_URL=http:\/\/127\.0\.0\.1:8100$/m);
  assert.match(await said('node'), /^node orchestrator\/src\/cli\/main\.ts send echo two {2}words$/m);
});

test('down removes it, and with --volumes its data, but no bundle', async (t) => {
  const { root, dev, said } = await checkout(t);
  await dev([]);
  assert.equal((await dev(['down'])).code, 0);
  assert.match(await said('asked'), /^docker compose down --remove-orphans$/m);
  assert.ok((await readdir(join(root, '.dev'))).includes('data'));
  assert.equal((await dev(['down', '--volumes'])).code, 0);
  assert.deepEqual(await readdir(join(root, '.dev')), ['agents', 'grants', 'secrets']);
});

test('what it cannot do it says', async (t) => {
  const { root, dev } = await checkout(t);
  assert.match((await dev([], { PLAYED_SYSTEM: 'Darwin' })).err, /needs Linux.*: use the devcontainer/);
  await rm(join(root, 'node_modules'), { recursive: true });
  assert.match((await dev([])).err, /the packages are missing: npm ci/);
});
