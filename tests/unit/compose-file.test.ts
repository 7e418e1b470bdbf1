/** What docker-compose.yml must be for compose of older hosts and for a fresh clone. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { usersAcl } from '../../orchestrator/src/bus/core-users.ts';
import { redisConf } from '../../orchestrator/src/init.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFile(new URL(path, root), 'utf8');

test('files of variables have the form that compose before 2.24 knows, and by default one that is there and empty', async () => {
  const paths = /\n( +)env_file:\n((?:\1 +- .+\n)+)/.exec(await read('docker-compose.yml'))?.[2] ?? '';
  const fallbacks = paths
    .trim()
    .split(/\n */)
    .map((line) => /^- \$\{HAIREM_\w+:-([\w./]+)\}$/.exec(line)?.[1]);
  // It takes no item twice.
  assert.deepEqual(fallbacks, ['deploy/empty.env', './deploy/empty.env'], paths);
  const lines = (await read('deploy/empty.env')).trim().split('\n');
  assert.ok(lines.every((line) => line.startsWith('#')));
});

/** Runs Redis' health check on two folders instead of its own. @returns whether Redis would be ended */
async function wouldEnd(now: { acl: string; conf?: string }, begun: { acl: string; conf?: string }): Promise<boolean> {
  const root = await mkdtemp(join(tmpdir(), 'hairem-health-'));
  try {
    for (const [name, { acl, conf = redisConf('/x') }] of Object.entries({ now, begun })) {
      await mkdir(join(root, name));
      await writeFile(join(root, name, 'users.acl'), acl);
      await writeFile(join(root, name, 'redis.conf'), conf);
    }
    const script = /- CMD-SHELL\n +- \|\n((?: {10}.*\n)+)/.exec(await read('docker-compose.yml'))?.[1] ?? '';
    assert.match(script, /users\.acl/);
    const here = script
      .replaceAll('$$', '$')
      .replaceAll('/redis-conf', 'now')
      .replaceAll('/tmp', 'begun')
      .replaceAll('kill 1', 'touch ended')
      .replace(/redis-cli .*/, 'true');
    const { status, stderr } = spawnSync('sh', ['-c', here], { cwd: root, encoding: 'utf8' });
    assert.deepEqual([status, stderr], [0, '']);
    return await readFile(join(root, 'ended')).then(
      () => true,
      () => false,
    );
  } finally {
    await rm(root, { recursive: true });
  }
}

describe("Redis' health check ends it", () => {
  const of = (...passwords: string[]) => {
    const acl = usersAcl({ orchestrator: passwords, memory: passwords, llm: passwords, history: passwords });
    return { acl };
  };
  const otherRights = { acl: of('a').acl.replace('+ping', '+ping +get') };
  const more = { acl: `${of('a').acl}user another off\n` };
  const oneOther = { acl: of('a').acl.replace(/(user llm on #)[0-9a-f]{8}/, '$100000000') };
  const otherConf = { ...of('a'), conf: redisConf('/y') };
  const cases: [string, boolean, { acl: string; conf?: string }, { acl: string; conf?: string }][] = [
    ['not while nothing is changed', false, of('a'), of('a')],
    ['not for a password that comes next', false, of('a', 'b'), of('a')],
    ['not for one that is gone', false, of('b'), of('a', 'b')],
    ['not for the next one after that', false, of('b', 'c'), of('a', 'b')],
    ['for passwords that it does not know', true, of('b'), of('a')],
    ['for one of them alone', true, oneOther, of('a')],
    ['for other rights', true, otherRights, of('a')],
    ['for another user', true, more, of('a')],
    ['for a user that is gone', true, of('a'), more],
    ['for other settings', true, otherConf, of('a')],
  ];
  for (const [name, ends, now, begun] of cases) test(name, async () => assert.equal(await wouldEnd(now, begun), ends));
});

test('each process has the time zone of the home', async () => {
  const services = (await read('docker-compose.yml')).split('\nservices:\n')[1]?.split('\nnetworks:')[0] ?? '';
  const parts = services.split(/\n(?= {2}[a-z]+:\n)/).filter((part) => !/^(?:\s*#.*\n)* {2}init:/.test(part));
  assert.ok(parts.length >= 5);
  for (const part of parts) assert.match(part, /TZ: "?\$\{TZ:-UTC\}"?/);
});

test('who fetches something knows the proxies and the certificates of the home', async () => {
  const text = await read('docker-compose.yml');
  for (const name of ['gate', 'orchestrator', 'services']) {
    const part = new RegExp(`\\n {2}${name}:\\n((?: {4}.*\\n|\\n| {2}#.*\\n)+)`).exec(text)?.[1] ?? '';
    for (const proxy of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'])
      assert.ok(part.includes(`HAIREM_${proxy}: \${${proxy}:-}\n`), `${name} ${proxy}`);
    assert.match(part, /HAIREM_CA_FILE: \/etc\/hairem-ca\.pem\n/);
    assert.match(part, /- \$\{HAIREM_CA_FILE:-\.\/deploy\/empty\.pem\}:\/etc\/hairem-ca\.pem:ro\n/);
  }
});
