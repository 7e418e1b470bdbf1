/** What ./hairem says of files that others on the host can read or change: one line a case. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const deploy = fileURLToPath(new URL('../../deploy/', import.meta.url));
const CHECK = 'set -u; . deploy/say.sh; . deploy/settings.sh; . deploy/modes.sh; check_modes';

/** @param modes of files by path; what ends in / is a folder */
async function warnings(t: TestContext, modes: Record<string, number>, env: Record<string, string> = {}) {
  const root = await mkdtemp(join(tmpdir(), 'hairem-modes-'));
  t.after(() => rm(root, { recursive: true }));
  for (const name of ['say.sh', 'settings.sh', 'modes.sh', 'env-file.awk'])
    await cp(join(deploy, name), join(root, 'deploy', name));
  await mkdir(join(root, 'deploy/secrets'));
  const paths = Object.keys(modes).sort();
  for (const path of paths) {
    await mkdir(join(root, path.endsWith('/') ? path : dirname(path)), { recursive: true });
    if (!path.endsWith('/')) await writeFile(join(root, path), path === 'empty.env' ? '# nothing\n' : 'A=b\n');
  }
  for (const path of paths.reverse()) await chmod(join(root, path), modes[path] ?? 0);
  const { stderr } = await run('sh', ['-c', CHECK], { cwd: root, env: { PATH: process.env.PATH ?? '', ...env } });
  return stderr.trim();
}

describe('the modes of', () => {
  const cases: [string, Record<string, number>, RegExp, Record<string, string>?][] = [
    ['nothing', {}, /^$/],
    ['a private .env', { '.env': 0o600 }, /^$/],
    ['an .env that all may read', { '.env': 0o644 }, /^hairem: warning: \.env may hold secrets .*: chmod 600 \.env$/],
    ['an .env that its group may read', { '.env': 0o640 }, /chmod 600 \.env$/],
    ['an .env that all may write', { '.env': 0o602 }, /chmod 600 \.env$/],
    ['an .env of another name', { 'my.env': 0o644 }, /chmod 600 my\.env$/, { HAIREM_ENV_FILE: 'my.env' }],
    ['one that sets nothing', { 'empty.env': 0o644 }, /^$/, { HAIREM_ENV_FILE: 'empty.env' }],
    ['secrets.env', { 'deploy/secrets.env': 0o644 }, /chmod 600 deploy\/secrets\.env$/],
    ['a list that all may read', { 'deploy/grants.yaml': 0o644 }, /^$/],
    [
      'a list that its group may write',
      { 'deploy/grants.yaml': 0o664 },
      /grants\.yaml decides .* can change it: chmod 644/,
    ],
    ['a list that all may write', { 'deploy/grants.yaml': 0o666 }, /can change it: chmod 644/],
    ['a list that hAIrem cannot read', { 'deploy/grants.yaml': 0o600 }, /cannot be read by uid 10001.*: chmod 644/],
    ['a folder with no secret in it', { 'deploy/secrets/': 0o755, 'deploy/secrets/.gitignore': 0o644 }, /^$/],
    [
      'a folder of secrets that all may enter',
      { 'deploy/secrets/': 0o755, 'deploy/secrets/A': 0o644 },
      /other users .* can enter .*chgrp -R 10001 .* chmod 2750/,
    ],
    ['one that another group may enter', { 'deploy/secrets/': 0o750, 'deploy/secrets/A': 0o644 }, /chmod 2750/],
    ['one that nobody else may enter', { 'deploy/secrets/': 0o700, 'deploy/secrets/A': 0o644 }, /^$/],
    ['one with a folder of an agent', { 'deploy/secrets/': 0o755, 'deploy/secrets/electra/A': 0o600 }, /chmod 2750/],
  ];
  for (const [what, modes, expected, env] of cases) {
    test(what, async (t) => assert.match(await warnings(t, modes, env), expected));
  }
});
