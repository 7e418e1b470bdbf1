/** The base image's hash: content and nothing else. */
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import {
  baseHashesOf,
  baseImageBuild,
  readBaseImage,
  readBaseImages,
} from '../../../orchestrator/src/build/base-image.ts';
import { HairemError } from '../../../orchestrator/src/domain/errors.ts';

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
  const build = baseImageBuild(await readBaseImage(dir, 'node'));
  assert.equal(build.target, 'node');
  const headers = headersOf(await buffer(build.context));
  const names = headers.map(({ name }) => name.replace(/\/$/, '')).filter((name) => name !== '.');
  const folders = ['typescript', 'typescript/src'];
  assert.deepEqual(names.sort(), [...Object.keys(FILES), ...folders].sort());
  for (const { name, ...rest } of headers) {
    const mode = [...folders, '.'].includes(name.replace(/\/$/, '')) ? 0o755 : 0o644;
    assert.deepEqual(rest, { uid: 0, gid: 0, mtime: 0, mode }, name);
  }
});

test('each runtime has its own stage of the Dockerfile, and a change of the other is none to it', async (t) => {
  const stages = (python: string) => ({
    Dockerfile: `# ours\nFROM x AS node\nRUN a\n\nFROM ${python} AS python\nRUN b\n`,
  });
  const images = async (python: string) =>
    readBaseImages(await folderOf(t, { ...OTHERS, ...FILES, ...stages(python) }));
  const [first, second] = [await images('y'), await images('z')];
  assert.equal(first.node.dockerfile, 'FROM x AS node\nRUN a\n\n');
  assert.equal(first.python.dockerfile, 'FROM y AS python\nRUN b\n');
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
