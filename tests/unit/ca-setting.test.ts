/** What ./hairem up says of the file that HAIREM_CA_FILE names, before anything is started. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'hairem-ca-'));
  for (const name of ['say.sh', 'settings.sh', 'env-file.awk', 'empty.pem'])
    await cp(at(`deploy/${name}`), join(root, 'deploy', name));
  const [ca, key] = await Promise.all(
    ['ca.pem', 'server.key'].map((name) => readFile(at(`tests/support/servers/tls/${name}`))),
  );
  await writeFile(join(root, 'ca.pem'), ca ?? '');
  await writeFile(join(root, 'both.pem'), Buffer.concat([ca ?? Buffer.of(), key ?? Buffer.of()]));
  await writeFile(join(root, 'text.pem'), 'hello\n');
  await mkdir(join(root, 'folder'));
});
after(() => rm(root, { recursive: true }));

const CASES: [string | null, RegExp][] = [
  [null, /\/deploy\/empty\.pem\n$/],
  ['ca.pem', /^\/.*\/ca\.pem\n$/],
  ['./ca.pem', /^\/.*\/ca\.pem\n$/],
  ['nowhere.pem', /nowhere\.pem, which is not a file/],
  ['folder', /folder, which is not a file/],
  ['both.pem', /holds a private key: give the certificate alone/],
  ['text.pem', /holds no certificate in PEM/],
];
for (const [file, said] of CASES) {
  test(`HAIREM_CA_FILE=${file ?? ''}`, async () => {
    await writeFile(join(root, '.env'), file === null ? '' : `HAIREM_CA_FILE=${file}\n`);
    const script = 'set -u; . deploy/say.sh; . deploy/settings.sh; ca_file';
    const options = { cwd: root, env: { PATH: process.env.PATH ?? '' } };
    const { stdout, stderr } = await run('sh', ['-c', script], options).catch((error) => error);
    assert.match(stdout || stderr, said);
  });
}
