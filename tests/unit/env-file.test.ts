/** The launcher reads .env as compose does; tests/contract/env-file.test.ts asks compose itself for the same. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are for compose
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ENV_FILES } from '../support/builders/env-files.ts';

const run = promisify(execFile);
const deploy = fileURLToPath(new URL('../../deploy/', import.meta.url));
const SETTING = 'set -u; . deploy/say.sh; . deploy/settings.sh; setting A none';

describe('the launcher reads an .env with', () => {
  let root = '';
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'hairem-env-'));
    for (const name of ['say.sh', 'settings.sh', 'env-file.awk', 'texts.sh'])
      await cp(join(deploy, name), join(root, 'deploy', name));
  });
  after(() => rm(root, { recursive: true }));

  const sh = async (script: string, shell: Readonly<Record<string, string>> = {}) =>
    (await run('sh', ['-c', script], { cwd: root, env: { PATH: process.env.PATH ?? '', ...shell } })).stdout;

  const warnings = async () => {
    const script = 'set -u; . deploy/say.sh; . deploy/settings.sh; . deploy/texts.sh; check_texts';
    return (await run('sh', ['-c', script], { cwd: root, env: { PATH: process.env.PATH ?? '' } })).stderr;
  };

  for (const { what, text, a, shell } of ENV_FILES) {
    test(what, async () => {
      await writeFile(join(root, '.env'), text);
      assert.equal(await sh(SETTING, shell), `${a || 'none'}\n`);
    });
  }

  test('what is used in it and not set is told with its line', async () => {
    await writeFile(join(root, '.env'), 'A=1\nPASSWORD=pa$s\nB=${A}\n\nC="x ${D}"\nE=${F:-}\nG=a$$b\nH=\'$I\'\n');
    const warned = await warnings();
    assert.match(warned, /^hairem: warning: \.env:2: a \$ begins the name of a variable that is not set.*: write \$\$/);
    assert.match(warned, /\n.* \.env:5: /);
    assert.equal(warned.trim().split('\n').length, 2);
  });

  test('UTF-16 in it is told', async () => {
    await writeFile(join(root, '.env'), Buffer.from('\uFEFFA=1\r\n', 'utf16le'));
    assert.match(await warnings(), /^hairem: warning: \.env is UTF-16 text.*: save it as UTF-8\n$/);
  });
});
