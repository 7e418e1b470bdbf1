/** `npm run dev` as a newcomer uses it, in a copy of this checkout: an installation of its own, and a changed line is live. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { IMAGE } from '../support/installation/shipped.ts';
import { randomBlock } from '../support/installation/subnet-block.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const COPIED = ['deploy', 'orchestrator', 'agent-base-image', 'agents', 'package.json', 'package-lock.json'];
const UP = 'the orchestrator is up';
const run = promisify(execFile);

interface Dev {
  root: string;
  env: NodeJS.ProcessEnv;
  /** The one that runs now, and all that any has printed. */
  child: ChildProcess | null;
  lines: string[];
}

const own: { dev: Dev | null } = { dev: null };
const dev = (): Dev => {
  if (!own.dev) throw new Error('there is no copy');
  return own.dev;
};
const command = (...words: string[]) => run(join(dev().root, 'deploy/dev.sh'), words, { env: dev().env });

function start(): void {
  const { root, env, lines } = dev();
  const child = spawn(join(root, 'deploy/dev.sh'), { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', (line) => lines.push(line));
  dev().child = child;
}

/** As a terminal does: the whole group hears it. */
async function pressCtrlC(): Promise<void> {
  const { child } = dev();
  if (!child?.pid || child.exitCode !== null) return;
  process.kill(-child.pid, 'SIGINT');
  await once(child, 'exit');
}

/** A busy machine takes its time to load it all. */
const SLOW = { deadlineMs: 240_000 };
const said = (times: number, text: string) =>
  eventually(
    `${times} times: ${text}`,
    () => dev().lines.filter((line) => line.includes(text)).length >= times,
    SLOW,
  ).catch((cause) => assert.fail(`${dev().lines.slice(-30).join('\n')}\n${cause}`));

/** The API is up before the folder has been looked at. */
const answers = (text: string) =>
  eventually(`it answers ${text}`, async () => (await command('send', 'echo', text)).stdout === `${text}\n`, SLOW);

before(async () => {
  const root = await mkdtemp(join(tmpdir(), 'hairem-dev-'));
  const filter = (path: string) => !path.split('/').includes('node_modules');
  for (const path of [...COPIED, 'docker-compose.yml', '.dockerignore'])
    await cp(join(ROOT, path), join(root, path), { recursive: true, filter });
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  const env = {
    ...process.env,
    HAIREM_DEV_PROJECT: `hairem-dev-${process.pid}`,
    HAIREM_DEV_IMAGE: IMAGE,
    HAIREM_DEV_PORT: String(await freePort()),
    HAIREM_DEV_REDIS_PORT: String(await freePort()),
    HAIREM_DEV_SUBNET: randomBlock().agents,
  };
  own.dev = { root, env, child: null, lines: [] };
});

after(async () => {
  await pressCtrlC();
  await command('down', '--volumes');
  await rm(dev().root, { recursive: true });
});

test('it starts, and Echo of its own folder answers', async () => {
  start();
  await said(1, UP);
  await answers('hello');
});

test('a log line that is changed is seen, and the agent has gone on', async () => {
  const instance = async () => JSON.parse((await command('ps', '--json')).stdout)[0].instance;
  const before = await instance();
  const file = join(dev().root, 'orchestrator/src/main.ts');
  const text = await readFile(file, 'utf8');
  assert.ok(text.includes(`'${UP}'`));
  await writeFile(file, text.replace(`'${UP}'`, `'${UP}, and changed'`));
  await said(1, `${UP}, and changed`);
  await answers('again');
  assert.equal(await instance(), before);
});

test('Ctrl-C ends the orchestrator and leaves the rest, so that another start is there again at once', async () => {
  await pressCtrlC();
  assert.match(dev().lines.at(-1) ?? '', /the orchestrator has ended; the agents, Redis and the services go on/);
  await assert.rejects(command('ps'), /does not answer|ECONNREFUSED|nothing answers/);
  start();
  await said(3, UP);
  await answers('here');
});
