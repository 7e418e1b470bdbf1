/**
 * A server behind a certificate of one's own works, and who must reach it: the services' way to a provider, and programs of
 * agents and builds with the files and variables that they are given.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CA_VARIABLES } from '../../orchestrator/src/domain/network/own-ca.ts';
import { settingsFor } from '../../orchestrator/src/images/package-indexes.ts';
import { trustCa } from '../../orchestrator/src/process/trust-ca.ts';
import { createDoor } from '../../orchestrator/src/services/llm/provider/fetch.ts';
import { PYTHON, preparePython } from '../run/python.ts';
import { CERTIFICATE } from '../support/servers/certificate.ts';

const run = promisify(execFile);
const tls = (name: string) => fileURLToPath(new URL(`../support/servers/tls/${name}`, import.meta.url));
const log = { info() {}, warn: (text: string) => assert.fail(text) };

describe('a server behind a certificate of our own', () => {
  const own = { url: '', root: '' };
  const server = createServer({});
  before(async () => {
    server.setSecureContext({ cert: await readFile(tls('server.pem')), key: await readFile(tls('server.key')) });
    server.on('request', (request, response) => {
      const isIndex = request.url?.startsWith('/simple/');
      response.writeHead(200, { 'content-type': isIndex ? 'text/html' : 'application/json' });
      response.end(
        isIndex
          ? '<!DOCTYPE html><html><body><a href="nothing-1.0.tar.gz">nothing-1.0.tar.gz</a></body></html>'
          : '{"said":"hello"}',
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    own.url = `https://localhost:${typeof address === 'object' ? address?.port : 0}`;
    own.root = await mkdtemp(join(tmpdir(), 'hairem-ca-'));
    assert.ok((await preparePython()).ok);
  });
  after(async () => {
    server.close();
    server.closeAllConnections();
    await rm(own.root, { recursive: true });
  });

  /** As in an image, with the variables that lead there. */
  const given = async () => {
    const { files } = await trustCa(tls('ca.pem'), log);
    for (const { name, text } of files) {
      await run('mkdir', ['-p', dirname(join(own.root, name))]);
      await writeFile(join(own.root, name), text);
    }
    const env = Object.entries(CA_VARIABLES).map(([name, path]) => [name, path.replace('/app/bundle', own.root)]);
    return { files, env: { PATH: process.env.PATH ?? '', ...Object.fromEntries(env) } };
  };

  test('the services refuse it until they are told, and reach it then', async () => {
    const post = createDoor({ classOf: () => 'public' })('owner');
    const parcel = { url: `${own.url}/v1`, headers: {}, body: '{}', key: null, signal: new AbortController().signal };
    await assert.rejects(post(parcel), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    await trustCa(tls('ca.pem'), log);
    const { body } = await post(parcel);
    assert.equal(Buffer.concat(await Array.fromAsync(body)).toString(), '{"said":"hello"}');
  });

  const PROGRAMS: [string, () => string, (url: string) => string[]][] = [
    ['Node', () => process.execPath, (url) => ['-e', `fetch('${url}').then((r) => r.text()).then(console.log)`]],
    [
      'Python',
      () => PYTHON,
      (url) => ['-c', `import urllib.request; print(urllib.request.urlopen("${url}").read().decode())`],
    ],
  ];
  for (const [name, program, args] of PROGRAMS) {
    test(`${name} of an agent reaches it with what the agent is given, and not without`, async () => {
      await assert.rejects(
        run(program(), args(own.url), { env: { PATH: process.env.PATH ?? '' } }),
        /[Cc]ertificate|fetch failed/,
      );
      const { env } = await given();
      assert.match((await run(program(), args(own.url), { env })).stdout, /"said":"hello"/);
    });
  }

  test('what a process trusts already is trusted beside it: a base image has certificates of the host that made it', async () => {
    const extra = join(own.root, 'extra.pem');
    await writeFile(extra, CERTIFICATE.cert);
    const script = `
      const { trustCa } = await import(${JSON.stringify(new URL('../../orchestrator/src/process/trust-ca.ts', import.meta.url))});
      const { files } = await trustCa(${JSON.stringify(tls('ca.pem'))}, { info() {}, warn: console.log });
      console.log(files.at(-1).text);`;
    const env = { PATH: process.env.PATH ?? '', NODE_EXTRA_CA_CERTS: extra };
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { env });
    for (const pem of [CERTIFICATE.cert, await readFile(tls('ca.pem'), 'utf8')])
      assert.ok(stdout.includes(pem.trim()), stdout.slice(0, 300));
  });

  test('pip and npm of a build read it in their settings', async () => {
    const { files } = await given();
    for (const { name, text } of settingsFor({ mirrors: { pip: null, npm: null }, sources: [], ca: files })) {
      await run('mkdir', ['-p', dirname(join(own.root, name))]);
      await writeFile(join(own.root, name), text.replaceAll('/settings/', `${own.root}/settings/`));
    }
    const home = { PATH: process.env.PATH ?? '', HOME: own.root };
    const pip = [
      '-m',
      'pip',
      'download',
      '--no-deps',
      '--retries',
      '0',
      '--index-url',
      `${own.url}/simple/`,
      'nothing==2',
    ];
    const env = { ...home, PIP_CONFIG_FILE: join(own.root, 'settings/pip.conf') };
    await assert.rejects(run(PYTHON, pip, { env: home }), /from versions: none/);
    await assert.rejects(run(PYTHON, pip, { env }), /from versions: 1\.0/);
    const npm = ['ping', '--fetch-retries', '0', '--registry', `${own.url}/`];
    await assert.rejects(run('npm', npm, { env: home }), /UNABLE_TO_VERIFY_LEAF_SIGNATURE/);
    await run('npm', npm, { env: { ...home, NPM_CONFIG_USERCONFIG: join(own.root, 'settings/npmrc') } });
  });
});
