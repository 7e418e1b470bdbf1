/** `hairem validate` and the way its words are understood; the process itself once, from the shell. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after as afterAll, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hairem } from '../../support/harness/cli-rig.ts';

let agents: string;
before(async () => {
  agents = await mkdtemp(join(tmpdir(), 'hairem-agents-'));
  for (const [id, manifest] of [
    ['good', 'description: Says nothing\n'],
    ['odd', 'descripton: Says nothing\n'],
    ['broken', 'name: [\nresources:\n  memory: much\n'],
  ] as const) {
    await mkdir(join(agents, id));
    await writeFile(join(agents, id, 'manifest.yaml'), manifest);
  }
  await mkdir(join(agents, '.git'));
});
afterAll(() => rm(agents, { recursive: true }));

const validate = (...words: string[]) =>
  hairem('http://127.0.0.1:1', ['validate', ...words], { env: { HAIREM_AGENTS_DIR: agents } });

test('a valid bundle, by path, by name, and as it is called on the host', async () => {
  for (const word of [join(agents, 'good'), 'good', 'agents/good', './agents/good/']) {
    const { code, out } = await validate(word);
    assert.equal(code, 0, word);
    assert.match(out, /^good: valid, rating \d of 8/);
  }
});

test('warnings do not fail, errors do, each with its place', async () => {
  const odd = await validate('odd');
  assert.equal(odd.code, 0);
  assert.match(odd.out, /\/odd\/manifest\.yaml:1:1: warning: descripton: .*description/);
  const broken = await validate('broken');
  assert.equal(broken.code, 1);
  assert.match(broken.out, /\/broken\/manifest\.yaml:\d+:\d+: error: /);
  assert.match(broken.out, /broken: invalid\n$/);
});

test('without words every bundle is checked, and nothing else', async () => {
  const { code, out } = await validate('--json');
  assert.equal(code, 1);
  const found = JSON.parse(out) as { id: string; valid: boolean }[];
  assert.deepEqual(
    found.map(({ id, valid }) => [id, valid]),
    [
      ['broken', false],
      ['good', true],
      ['odd', true],
    ],
  );
});

test('a bundle or a folder that is not there is said', async () => {
  const unknown = await validate('nobody');
  assert.equal(unknown.code, 3);
  assert.match(unknown.err, /there is no bundle "nobody"/);
  const nowhere = await hairem('http://127.0.0.1:1', ['validate'], { env: { HAIREM_AGENTS_DIR: '/nowhere' } });
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.err, /the agents folder \/nowhere cannot be read; HAIREM_AGENTS_DIR says where it is/);
});

test('build says that no engine answers, and leaves nothing behind', async () => {
  const env = { HAIREM_AGENTS_DIR: agents, HAIREM_ENGINE_SOCKET: '/nowhere/engine.sock', HAIREM_DATA_DIR: '/nowhere' };
  const { code, err } = await hairem('http://127.0.0.1:1', ['build', 'good'], { env });
  assert.equal(code, 1);
  assert.match(err, /hairem: error: .*\/nowhere\/engine\.sock/);
});

test('the process itself: exit code, and the message on stderr', async () => {
  const cli = fileURLToPath(new URL('../../../orchestrator/src/cli/main.ts', import.meta.url));
  const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    execFile(process.execPath, [cli, 'pz'], (error, _stdout, text) => resolve({ code: error?.code, stderr: text }));
  });
  assert.equal(code, 2);
  assert.equal(stderr, 'hairem: there is no command "pz"; did you mean ps?\nsee `hairem help`\n');
});
