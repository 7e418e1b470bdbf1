/** ./hairem up with an engine that is played by a script: what it does where the engine says more than it knows. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Notes what it is asked. Of three services one runs not before compose has been asked a second time. */
const DOCKER = `#!/bin/sh
echo "$*" >>"$PLAYED/asked"
ups=$(grep -c '^compose up' "$PLAYED/asked")
case "$*" in
"compose config --services") printf 'init\\nredis\\nstore\\n' ;;
"compose ps --services --status running") echo store; [ "$ups" -lt 2 ] || echo redis ;;
"ps -q"*) echo c0ffee ;;
"inspect --format {{.State.Health.Status}}"*) [ "$ups" -lt "$PLAYED_UPS" ] || echo healthy ;;
esac
`;

async function up(t: TestContext, ups: number) {
  const root = await mkdtemp(join(tmpdir(), 'hairem up '));
  t.after(() => rm(root, { recursive: true }));
  const bin = join(root, 'bin');
  await cp(join(ROOT, 'deploy'), join(root, 'deploy'), { recursive: true });
  for (const folder of [bin, join(root, 'agents')]) await mkdir(folder);
  // What is prepared before is not played; and no second passes.
  const nothing = '#!/bin/sh\nexit 0\n';
  for (const [path, text] of Object.entries({
    [join(bin, 'docker')]: DOCKER,
    [join(bin, 'sleep')]: nothing,
    [join(root, 'deploy/prepare.sh')]: nothing,
  })) {
    await writeFile(path, text);
    await chmod(path, 0o755);
  }
  const env = {
    PATH: `${bin}:${process.env.PATH}`,
    PLAYED: root,
    PLAYED_UPS: String(ups),
    HAIREM_DOCKER_SOCKET: '/dev/null',
    HAIREM_PORT: '65001',
  };
  // The played engine has no socket; all else of settings.sh is as it is.
  const settings = await readFile(join(root, 'deploy/settings.sh'), 'utf8');
  await writeFile(join(root, 'deploy/settings.sh'), `${settings}\nengine_socket() { echo /dev/null; }\n`);
  return new Promise<{ code: number; err: string; asked: string[] }>((resolve) => {
    const child = execFile('sh', ['deploy/up.sh'], { cwd: root, env }, async (_, _out, err) => {
      const asked = (await readFile(join(root, 'asked'), 'utf8')).split('\n');
      resolve({ code: child.exitCode ?? -1, err, asked: asked.filter((line) => line.startsWith('compose up')) });
    });
  });
}

test('what the engine says runs and does not is started again', async (t) => {
  const { code, err, asked } = await up(t, 2);
  assert.equal(code, 0, err);
  assert.equal(asked.length, 2, asked.join('\n'));
  assert.match(err, /up: http:\/\/127\.0\.0\.1:65001/);
});

test('what never comes up ends it, and is named', async (t) => {
  const { code, err } = await up(t, 1_000);
  assert.equal(code, 1);
  assert.match(err, /the store container does not come up/);
});
