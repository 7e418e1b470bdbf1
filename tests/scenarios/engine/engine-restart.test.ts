/**
 * The container engine ends and is started again, as on a host that updates it. It takes every container of the host
 * down, so it runs when it is asked for, alone and last. Ended by SIGTERM: after a SIGKILL engine 20.10 does
 * not start again what has `unless-stopped` and outlived it, Redis among them, and nobody but a user can.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parrot } from '../../builders.ts';
import { untilAnswers } from '../../rig/crew.ts';
import { engine } from '../../rig/engine.ts';
import { eventually } from '../../rig/eventually.ts';
import { type Installation, startInstallation } from '../../rig/installation.ts';

const ENGINE_SCRIPT = fileURLToPath(new URL('../../../deploy/engine.sh', import.meta.url));
const PID_FILE = '/var/run/docker.pid';
const AGENTS = ['one', 'two'];
/** What SECURITY.md allows from the engine's return on. */
const SETTLED_MS = 30_000;

const asked = process.env.HAIREM_TEST_ENGINE_RESTART;
const isRoot = process.getuid?.() === 0;
const skip = asked !== '1' ? 'set HAIREM_TEST_ENGINE_RESTART=1: it restarts the engine' : !isRoot && 'needs root';

test('an engine that was restarted: agents are back, and nothing is left over', { skip }, async () => {
  const installation = await startInstallation({
    agents: Object.fromEntries(AGENTS.map((id) => [id, parrot({ mark: 'v0' })])),
  });
  try {
    await installation.untilActive(AGENTS);
    await restartEngine(installation);
    for (const id of AGENTS) await untilAnswers(installation, { id, mark: 'v0', deadlineMs: SETTLED_MS });
    await installation.untilActive(AGENTS, SETTLED_MS);
    await installation.untilNoLeftovers(AGENTS);
    assert.equal(installation.orchestrator().ended(), null);
  } catch (error) {
    console.log(await installation.logs());
    throw error;
  } finally {
    await installation.stop();
  }
});

async function restartEngine({ api }: Installation): Promise<void> {
  const pid = Number(await readFile(PID_FILE, 'utf8'));
  process.kill(pid, 'SIGTERM');
  await eventually('the engine is gone', async () => (await answers()) === false);
  await eventually('the status says so', async () => {
    const { body } = await api.call('GET', '/api/status');
    return (body as { status: string }).status === 'degraded';
  });
  await promisify(execFile)('sh', [ENGINE_SCRIPT, '--install']);
  await eventually('the engine answers', answers, { deadlineMs: 60_000 });
}

const answers = () =>
  engine('GET', '/_ping').then(
    () => true,
    () => false,
  );
