/** What ./hairem gives to the builds of hAIrem's own image and of base images, with an engine that is played by a script. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFile, chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Notes what it is asked, and what its builds see. It has all images but our own and one, and pulls none. */
const DOCKER = `#!/bin/sh
note() { printf '%s\\n' "$*" >>"$PLAYED/asked"; }
case "$*" in
build* | "compose build"* | "run "*) note "$*" && env >>"$PLAYED/environment" ;;
"image inspect --format {{index"* | "image inspect $PLAYED_LACKS"* | pull*) exit 1 ;;
esac
`;
const NPM = `#!/bin/sh
[ -z "\${NODE_EXTRA_CA_CERTS-}" ] || cat "$NODE_EXTRA_CA_CERTS" >"$PLAYED/trusted"
env >>"$PLAYED/environment"
exit 1
`;
const NOTHING = '#!/bin/sh\nexit 0\n';
const SETTINGS = 'HTTPS_PROXY=http://me:secret@proxy.home:3128\nNO_PROXY=.home\nHAIREM_CA_FILE=ca.pem\n';

interface Played {
  code: number;
  err: string;
  asked: string[];
  environment: string;
  trusted: string;
}

async function played(t: TestContext, script: string, { settings = SETTINGS, lacks = 'none' } = {}): Promise<Played> {
  const root = await mkdtemp(join(tmpdir(), 'hairem base '));
  t.after(() => rm(root, { recursive: true }));
  const bin = join(root, 'bin');
  for (const name of ['deploy', 'hairem', 'package.json', 'package-lock.json', '.dockerignore'])
    await cp(join(ROOT, name), join(root, name), { recursive: true });
  for (const folder of ['bin', 'orchestrator', 'agent-base-image', 'agents']) await mkdir(join(root, folder));
  const programs = { docker: DOCKER, npm: NPM, sleep: NOTHING };
  for (const [name, text] of Object.entries(programs)) await writeFile(join(bin, name), text);
  await writeFile(join(root, 'deploy/engine.sh'), NOTHING);
  for (const path of [...Object.keys(programs).map((name) => join(bin, name)), join(root, 'deploy/engine.sh')])
    await chmod(path, 0o755);
  await writeFile(join(root, '.env'), settings);
  // The played engine has no socket; all else of settings.sh is as it is.
  await appendFile(join(root, 'deploy/settings.sh'), 'engine_socket() { echo /dev/null; }\n');
  const certificate = await readFile(join(ROOT, 'tests/support/servers/tls/ca.pem'), 'utf8');
  await writeFile(join(root, 'ca.pem'), `Issuer: my home\r\n${certificate.replaceAll('\n', '\r\n')}`);
  const env = { PATH: `${bin}:${process.env.PATH}`, PLAYED: root, PLAYED_LACKS: lacks, HOME: root };
  const read = (name: string) => readFile(join(root, name), 'utf8').catch(() => '');
  return new Promise((resolve) => {
    const child = execFile('sh', ['-c', script], { cwd: root, env }, async (_, _out, err) => {
      const [asked, environment, trusted] = [await read('asked'), await read('environment'), await read('trusted')];
      resolve({ code: child.exitCode ?? -1, err, asked: asked.trim().split('\n'), environment, trusted });
    });
  });
}

const PROXY = 'http://me:secret@proxy.home:3128';
const CA = (await readFile(join(ROOT, 'tests/support/servers/tls/ca.pem'), 'utf8')).trim();
const seen = ({ environment }: Played, names: readonly string[]) =>
  names.map((name) => new RegExp(`^${name}=(.*)$`, 'm').exec(environment)?.[1] ?? null);

test("hAIrem's own image is built with proxies in both spellings, and certificates without the words around them", async (t) => {
  const one = await played(t, 'deploy/prepare.sh');
  assert.equal(one.code, 0, one.err);
  assert.equal(one.asked.at(-1), 'compose build orchestrator');
  assert.deepEqual(seen(one, ['HTTPS_PROXY', 'https_proxy', 'no_proxy', 'HTTP_PROXY']), [PROXY, PROXY, '.home', '']);
  assert.ok(one.environment.includes(`HAIREM_CA_PEM=${CA}\n`), one.environment);
});

test('without them it is built with neither', async (t) => {
  const one = await played(t, 'deploy/prepare.sh', { settings: '' });
  assert.deepEqual(seen(one, ['HTTPS_PROXY', 'https_proxy', 'HAIREM_CA_PEM']), ['', null, '']);
});

test('base images from distribution packages: apt in a build has the proxies, and their values are in no command', async (t) => {
  const one = await played(t, 'deploy/base-images.sh redis:7-bookworm', { lacks: 'redis' });
  const build = one.asked.at(-1) ?? '';
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'])
    assert.match(build, new RegExp(` --build-arg ${name} `));
  assert.ok(!build.includes('secret'));
  assert.deepEqual(seen(one, ['https_proxy', 'no_proxy']), [PROXY, '.home']);
});

test('npm on the host fetches Node through the proxy, and trusts the certificates', async (t) => {
  const one = await played(t, 'deploy/base-images.sh node:24-bookworm-slim', { lacks: 'node' });
  assert.match(one.err, /npm could not fetch/);
  assert.deepEqual(seen(one, ['https_proxy']), [PROXY]);
  assert.equal(one.trusted.trim(), CA);
});

test('hairem build reaches packages as the orchestrator does', async (t) => {
  const settings = `${SETTINGS}HAIREM_NPM_REGISTRY=https://nas.home/npm/\n`;
  const one = await played(t, './hairem build', { settings });
  const call = one.asked.at(-1) ?? '';
  for (const name of ['HAIREM_NPM_REGISTRY', 'HAIREM_PIP_INDEX_URL', 'HTTPS_PROXY', 'NO_PROXY'])
    assert.match(call, new RegExp(` -e ${name} `));
  assert.match(call, /ca\.pem:\/etc\/hairem-ca\.pem:ro/);
  assert.deepEqual(seen(one, ['HAIREM_NPM_REGISTRY', 'HTTPS_PROXY']), ['https://nas.home/npm/', PROXY]);
});
