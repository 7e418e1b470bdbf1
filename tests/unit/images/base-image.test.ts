/** The base image's hash: content and nothing else. */
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { LABEL } from '../../../orchestrator/src/domain/labels.ts';
import { NO_PROXIES, proxiesIn } from '../../../orchestrator/src/domain/network/proxies.ts';
import type { Runtime } from '../../../orchestrator/src/domain/version.ts';
import {
  baseHashesOf,
  baseImageBuild,
  baseStage,
  readBaseImage,
  readBaseImages,
} from '../../../orchestrator/src/images/base-image.ts';

async function folderOf(t: TestContext, files: Record<string, string>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'hairem-base-'));
  t.after(() => rm(dir, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  return dir;
}

/** The headers of a tar: 512 bytes each, numbers in octal, then the content in blocks of 512. */
function headersOf(tar: Buffer) {
  const headers: { name: string; uid: number; gid: number; mtime: number; mode: number }[] = [];
  for (let at = 0; tar[at]; ) {
    const text = (from: number, size: number) =>
      tar.toString('utf8', at + from, at + from + size).replace(/\0.*$/s, '');
    const octal = (from: number, size: number) => Number.parseInt(text(from, size), 8);
    headers.push({
      name: text(0, 100),
      mode: octal(100, 8),
      uid: octal(108, 8),
      gid: octal(116, 8),
      mtime: octal(136, 12),
    });
    at += 512 + Math.ceil(octal(124, 12) / 512) * 512;
  }
  return headers;
}

const AT_HOME = { installId: 'ab12', proxies: NO_PROXIES };
const FILES = { Dockerfile: 'FROM x AS node', 'typescript/src/main.ts': 'main', 'typescript/package.json': '{}' };
const OTHERS = {
  'typescript/node_modules/x/index.js': 'x',
  'typescript/src/._index.ts': 'x',
  'python/@eaDir/x': 'x',
  'typescript/test/main.test.ts': 't',
  'python/hairem/main.py': 'p',
  'contract/cases.json': '[]',
  'README.md': 'r',
};

test('the same content gives the same hash, whatever else is in the folder and when it was written', async (t) => {
  const plain = await folderOf(t, FILES);
  const other = await folderOf(t, { ...OTHERS, ...FILES });
  await utimes(join(other, 'Dockerfile'), 0, 0);
  await chmod(join(other, 'Dockerfile'), 0o600);
  const [first, second] = [await readBaseImage(plain, 'node'), await readBaseImage(other, 'node')];
  assert.equal(first.hash, second.hash);
  assert.equal(first.tag, `hairem/agent-base-node:${first.hash.slice(0, 16)}`);
});

test('another content, name or mode gives another hash', async (t) => {
  const hashes = new Set<string>();
  const changes = [
    {},
    { 'typescript/src/main.ts': 'changed' },
    { 'typescript/src/more.ts': '' },
    { Dockerfile: 'FROM y AS node' },
  ];
  for (const change of changes)
    hashes.add((await readBaseImage(await folderOf(t, { ...FILES, ...change }), 'node')).hash);
  const executable = await folderOf(t, FILES);
  await chmod(join(executable, 'typescript/src/main.ts'), 0o755);
  hashes.add((await readBaseImage(executable, 'node')).hash);
  assert.equal(hashes.size, 5);
});

test('the context is what was hashed, with headers that say nothing of this host', async (t) => {
  const dir = await folderOf(t, { ...OTHERS, ...FILES });
  const build = baseImageBuild(await readBaseImage(dir, 'node'), AT_HOME);
  assert.equal(build.target, 'node');
  const headers = headersOf(await buffer(build.context));
  const names = headers.map(({ name }) => name.replace(/\/$/, '')).filter((name) => !/^(?:\.$|settings\/)/.test(name));
  const folders = ['typescript', 'typescript/src'];
  assert.deepEqual(names.sort(), [...Object.keys(FILES), ...folders].sort());
  for (const { name, ...rest } of headers) {
    const mode = [...folders, '.'].includes(name.replace(/\/$/, '')) ? 0o755 : 0o644;
    assert.deepEqual(rest, { uid: 0, gid: 0, mtime: 0, mode }, name);
  }
});

test('certificates and proxies are given to the build, and change neither its hash nor its image', async (t) => {
  const dir = await folderOf(t, FILES);
  const base = await readBaseImage(dir, 'node');
  const build = baseImageBuild(base, {
    installId: 'ab12',
    ca: [{ name: '.hairem/all-ca.pem', text: 'all' }],
    proxies: proxiesIn({ HTTPS_PROXY: 'http://me:secret@proxy.home:3128', NO_PROXY: '.home' }),
  });
  const proxy = 'http://me:secret@proxy.home:3128';
  const none = '.home,localhost,127.0.0.0/8,::1,host.docker.internal';
  const proxies = { HTTPS_PROXY: proxy, https_proxy: proxy, NO_PROXY: none, no_proxy: none };
  assert.deepEqual(build.args, { HAIREM_INSTALL: 'ab12', ...proxies });
  const context = (await buffer(build.context)).toString();
  assert.match(context, /\ncafile=\/settings\/\.hairem\/all-ca\.pem/);
  assert.ok(!context.includes('secret'));
  assert.equal((await readBaseImage(dir, 'node')).hash, base.hash);
  assert.deepEqual(baseImageBuild(base, AT_HOME).args, { HAIREM_INSTALL: 'ab12' });
});

test('what a base image is made with is in its first stage alone, which is labelled to be removed', async () => {
  const dir = fileURLToPath(new URL('../../../agent-base-image', import.meta.url));
  const stagesOf = async (runtime: Runtime) => (await readBaseImage(dir, runtime)).dockerfile.split(/^(?=FROM )/m);
  const [packages = '', python = '', ...more] = await stagesOf('python');
  assert.deepEqual(more, []);
  assert.match(packages, /^COPY settings\/ \/settings\/$/m);
  assert.ok(packages.includes(`LABEL ${LABEL.kind}=install ${LABEL.build}=${baseStage('python')} `));
  assert.match(python, /^COPY --from=python-packages \/opt\/hairem \/opt\/hairem$/m);
  // Node's fetches nothing.
  const node = await stagesOf('node');
  assert.equal(node.length, 1);
  for (const image of [python, ...node]) assert.doesNotMatch(image, /COPY settings|HAIREM_INSTALL|npm |pip install/);
});

test('each runtime has its own stage of the Dockerfile, and a change of the other is none to it', async (t) => {
  const stages = (python: string) => ({
    Dockerfile: `# ours\nFROM x AS node\nRUN a\n\nFROM z AS python-packages\nRUN c\nFROM ${python} AS python\nRUN b\n`,
  });
  const images = async (python: string) =>
    readBaseImages(await folderOf(t, { ...OTHERS, ...FILES, ...stages(python) }));
  const [first, second] = [await images('y'), await images('z')];
  assert.equal(first.node.dockerfile, 'FROM x AS node\nRUN a\n\n');
  assert.equal(first.python.dockerfile, 'FROM z AS python-packages\nRUN c\nFROM y AS python\nRUN b\n');
  assert.equal(first.node.hash, second.node.hash);
  assert.notEqual(first.python.hash, second.python.hash);
  assert.deepEqual(baseHashesOf(first, null), { node: first.node.hash, python: first.python.hash });
  const [one, other] = [baseHashesOf(first, 'one'), baseHashesOf(first, 'other')];
  assert.equal(new Set([first.node.hash, one.node, other.node, one.python, other.python]).size, 5);
});

test('a Dockerfile without the stage is a wrong setting', async (t) => {
  await assert.rejects(readBaseImage(await folderOf(t, FILES), 'python'), /cannot be read/);
});

test('a folder that is not there is a wrong setting', async () => {
  await assert.rejects(readBaseImage('/nonexistent', 'node'), (error) => {
    return error instanceof HairemError && error.code === 'bad_config';
  });
});
