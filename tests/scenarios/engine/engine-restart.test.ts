/**
 * The container engine ends and is started again: in order, as on a host that updates it, and killed in the middle of
 * two swaps. It takes every container of the host down, so it runs in CI or when it is asked for, alone and last.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { saveParrot, untilAnswers } from '../../support/agents/crew.ts';
import { parrot } from '../../support/builders/bundles.ts';
import { eventually } from '../../support/eventually.ts';
import { engine } from '../../support/host/engine.ts';
import { type Installation, startInstallation } from '../../support/installation/installation.ts';
import { accepts } from '../../support/installation/redis-container.ts';

const ENGINE_SCRIPT = fileURLToPath(new URL('../../../deploy/engine.sh', import.meta.url));
const PID_FILE = '/var/run/docker.pid';
const AGENTS = ['one', 'two'];
/** What SECURITY.md allows from the engine's return on. */
const SETTLED_MS = 30_000;

const asked = process.env.HAIREM_TEST_ENGINE_RESTART ?? (process.env.CI === 'true' ? '1' : '');
const isRoot = process.getuid?.() === 0;
const skip = asked !== '1' ? 'set HAIREM_TEST_ENGINE_RESTART=1: it restarts the engine' : !isRoot && 'needs root';

test('an engine that was restarted: agents are back, and nothing is left over', { skip }, async () => {
  await withTwoAgents(async (installation) => {
    await endEngine(installation, 'SIGTERM');
    await startEngine();
    await untilSettled(installation, 'v0');
  });
});

test('an engine that was killed in the middle of two swaps: the saved versions run, and nothing is left over', {
  skip,
}, async () => {
  await withTwoAgents(async (installation) => {
    await Promise.all(AGENTS.map((id) => saveParrot(installation, id, { mark: 'v1' })));
    await eventually('two swaps are under way', async () => {
      const records = await installation.api.agents();
      return records.filter(({ last_update }) => last_update?.result === 'running').length === AGENTS.length;
    });
    await endEngine(installation, 'SIGKILL');
    await startEngine();
    await startRedisAsCompose(installation);
    await untilSettled(installation, 'v1');
  });
});

async function withTwoAgents(act: (installation: Installation) => Promise<void>): Promise<void> {
  const agents = Object.fromEntries(AGENTS.map((id) => [id, parrot({ mark: 'v0' })]));
  const installation = await startInstallation({ agents });
  try {
    await installation.untilActive(AGENTS);
    await act(installation);
  } catch (error) {
    console.log(await installation.logs());
    throw error;
  } finally {
    await installation.stop();
  }
}

async function untilSettled(installation: Installation, mark: string): Promise<void> {
  for (const id of AGENTS) await untilAnswers(installation, { id, mark, deadlineMs: SETTLED_MS });
  await installation.untilActive(AGENTS, SETTLED_MS);
  await installation.untilNoLeftovers(AGENTS);
  assert.equal(installation.orchestrator().ended(), null);
}

async function endEngine({ api }: Installation, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  process.kill(Number(await readFile(PID_FILE, 'utf8')), signal);
  await eventually('the engine is gone', async () => (await answers()) === false);
  await eventually('the status says so', async () => {
    const { body } = await api.call('GET', '/api/status');
    return (body as { reasons: string[] }).reasons.some((reason) => reason.startsWith('engine: '));
  });
}

async function startEngine(): Promise<void> {
  await promisify(execFile)('sh', [ENGINE_SCRIPT, '--install']);
  assert.equal(await answers(), true);
}

/**
 * After a SIGKILL engine 20.10 ends what outlived it and leaves it ended, `unless-stopped` or not. A user runs
 * `./hairem up` then, and this is what that does for Redis.
 */
async function startRedisAsCompose({ redis }: Installation): Promise<void> {
  // Right after its return the engine says "running" of what it is about to end: a start is heard once it runs.
  await eventually('Redis runs', async () => {
    await engine('POST', `/containers/${redis.id}/start`, { accept: [304] });
    return accepts(redis.host);
  });
}

const answers = () =>
  engine('GET', '/_ping').then(
    () => true,
    () => false,
  );
