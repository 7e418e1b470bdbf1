/** Where ./hairem up finds the proxies of the home: the shell, .env, or the configuration of the engine's client. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const deploy = fileURLToPath(new URL('../../deploy/', import.meta.url));
let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'hairem-proxy-'));
  for (const name of ['say.sh', 'settings.sh', 'env-file.awk'])
    await cp(join(deploy, name), join(root, 'deploy', name));
  await mkdir(join(root, '.docker'));
});
after(() => rm(root, { recursive: true }));

const CLIENT = {
  auths: { 'registry.home': { auth: 'x' } },
  proxies: { default: { httpProxy: 'http://c:1', httpsProxy: 'http://c:2', noProxy: '.c' }, 'tcp://other': {} },
};
const OTHER = { proxies: { 'tcp://other': { httpsProxy: 'http://other:1' } } };

const CASES: [what: string, env: string, client: object | null, shell: Record<string, string>, expected: string][] = [
  ['nothing', '', null, {}, '||'],
  ['.env', 'HTTP_PROXY=http://a:1\nHTTPS_PROXY=http://a:2\nNO_PROXY=.a\n', null, {}, 'http://a:1|http://a:2|.a'],
  ['.env in lower case', 'https_proxy=http://a:2\n', null, {}, '|http://a:2|'],
  ['the shell', 'HTTPS_PROXY=http://a:2\n', null, { https_proxy: 'x', HTTPS_PROXY: 'http://s:2' }, '|http://s:2|'],
  ['the client', '', CLIENT, {}, 'http://c:1|http://c:2|.c'],
  ['.env before the client', 'HTTPS_PROXY=http://a:2\n', CLIENT, {}, 'http://c:1|http://a:2|.c'],
  ['the client’s for another engine', '', OTHER, {}, '||'],
];
for (const [what, env, client, shell, expected] of CASES) {
  test(`the proxies of ${what}`, async () => {
    await writeFile(join(root, '.env'), env);
    await writeFile(join(root, '.docker/config.json'), client === null ? '' : JSON.stringify(client, null, '\t'));
    const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].map((name) => `$(proxy_setting ${name})`).join('|');
    const script = `set -u; . deploy/say.sh; . deploy/settings.sh; echo "${names}"`;
    const options = { cwd: root, env: { PATH: process.env.PATH ?? '', HOME: root, ...shell } };
    assert.equal((await run('sh', ['-c', script], options)).stdout, `${expected}\n`);
  });
}
