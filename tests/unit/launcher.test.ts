/** ./hairem itself, with an engine that is played by a script: what it calls, what it says, and in which surroundings. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { COMMANDS } from '../../orchestrator/src/cli/command-table.ts';
import { LANES } from '../run/lanes.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** One word a line, so that nothing of how words were given is lost. */
const DOCKER = `#!/bin/sh
case "$1 $2" in
"ps -q") echo c0ffee ;;
"port "*) echo "$PLAYED_PORT" ;;
"exec "*) shift; for word in "$@"; do printf '<%s>\\n' "$word"; done ;;
esac
`;

interface Surroundings {
  env?: Record<string, string>;
  /** Before ./hairem, in the shell that starts it. */
  before?: string;
  folder?: string;
}

async function launcher(
  t: TestContext,
  words: string[],
  { env = {}, before = ':', folder = 'hairem' }: Surroundings = {},
) {
  const parent = await mkdtemp(join(tmpdir(), 'hairem-launcher-'));
  t.after(() => rm(parent, { recursive: true }));
  const root = join(parent, folder);
  await mkdir(join(root, 'bin'), { recursive: true });
  await cp(join(ROOT, 'deploy'), join(root, 'deploy'), { recursive: true });
  await cp(join(ROOT, 'hairem'), join(root, 'hairem'));
  for (const [name, text] of Object.entries({ docker: DOCKER, curl: '#!/bin/sh\nexit 7\n' })) {
    await writeFile(join(root, 'bin', name), text);
    await chmod(join(root, 'bin', name), 0o755);
  }
  const PATH = `${join(root, 'bin')}:${process.env.PATH}`;
  const script = `${before}; exec "$0" "$@"`;
  return new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const child = execFile(
      'sh',
      ['-c', script, join(root, 'hairem'), ...words],
      { env: { PATH, ...env } },
      (_, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
    );
    child.stdin?.end();
  });
}

const called = (...words: string[]) => ['-i', 'c0ffee', 'hairem', ...words].map((word) => `<${word}>\n`).join('');

describe('words reach the CLI as they were given', () => {
  const given = [
    ['send', 'echo', '-5'],
    ['send', 'echo', 'one  "two" \'three\'', '$HOME `x` \\ *'],
    ['send', 'echo', ''],
    ['send', 'echo', 'two\nlines', '🦊'],
    ['send', 'echo', '--', '-'],
    ['logs', 'Echo', '--tail', '5'],
    ['allow', 'echo', '--yes'],
    ['--version'],
  ];
  for (const words of given)
    test(JSON.stringify(words), async (t) =>
      assert.deepEqual(await launcher(t, words), { code: 0, out: called(...words), err: '' }),
    );
});

describe('the same wherever it runs', () => {
  const surroundings: Record<string, Surroundings> = {
    'a path with spaces': { folder: 'my  hAIrem (copy)' },
    'a path with an umlaut': { folder: 'Häuser' },
    'no HOME': { before: 'unset HOME' },
    'the locale C': { env: { LC_ALL: 'C' } },
    'the locale of a German': { env: { LC_ALL: 'de_DE.UTF-8', LANG: 'de_DE.UTF-8' } },
    'another time zone': { env: { TZ: 'Pacific/Chatham' } },
    'a umask that shares nothing': { before: 'umask 077' },
    'another folder': { before: 'cd /' },
    'a CDPATH': { before: 'CDPATH=/:/tmp; export CDPATH' },
    'a port of its own': { env: { HAIREM_PORT: '8101' } },
  };
  for (const [what, where] of Object.entries(surroundings))
    test(what, async (t) =>
      assert.deepEqual(await launcher(t, ['ps'], where), { code: 0, out: called('ps'), err: '' }),
    );
});

describe('doctor names the port that is published', () => {
  const cases: [string, Record<string, string>, RegExp][] = [
    [
      'the usual one',
      { PLAYED_PORT: '127.0.0.1:8000' },
      /published port 127\.0\.0\.1:8000 of this host\n.*compose -p hairem restart/,
    ],
    ['another', { PLAYED_PORT: '127.0.0.1:8101' }, /published port 127\.0\.0\.1:8101 of/],
    ['on all addresses', { PLAYED_PORT: '0.0.0.0:8101' }, /published port 127\.0\.0\.1:8101 of/],
    ['none, as it was asked for', { HAIREM_PORT: '8101' }, /published port 8101 of/],
    ['of another project', { COMPOSE_PROJECT_NAME: 'second' }, /docker compose -p second restart orchestrator/],
  ];
  for (const [what, env, said] of cases)
    test(what, async (t) => assert.match((await launcher(t, ['doctor'], { env })).err, said));
});

describe('the words that the launcher knows', () => {
  /** The launcher's own, and how a version is asked for. */
  const OWN = ['up', 'down', 'test', 'rotate', 'help', '-h', '--help', '--version'];
  const script = readFileSync(join(ROOT, 'hairem'), 'utf8');
  const known = [...script.matchAll(/^\t([a-z |-]+)\)/gm)].flatMap(([, names = '']) => names.split(/[\s|]+/));
  const commands: string[] = COMMANDS.map(({ name }) => name);

  test('are every command of the CLI', () => {
    assert.deepEqual(
      commands.filter((name) => !known.includes(name)),
      [],
    );
  });

  test('and no command that there is not', () => {
    assert.deepEqual(
      known.filter((name) => ![...commands, ...OWN].includes(name)),
      [],
    );
  });

  test('of its help are commands, and the lanes of its tests are there', () => {
    const help = /cat <<'END'\n(.*?)^END$/ms.exec(script)?.[1] ?? '';
    const words = [...help.matchAll(/(?:^ {2}|\| {2})(?:\.\/hairem )?([a-z|]+)/gm)].flatMap(([, names = '']) =>
      names.split('|'),
    );
    assert.ok(words.includes('rollback'), words.join(' '));
    assert.deepEqual(
      words.filter((name) => ![...commands, ...OWN].includes(name)),
      [],
    );
    const lanes = /or these: (.*)/.exec(help)?.[1]?.split(' ');
    assert.deepEqual(lanes, ['check', ...LANES.map(({ name }) => name)]);
    for (const { name, pattern } of LANES) assert.notEqual(globSync(pattern, { cwd: ROOT }).length, 0, name);
  });
});
