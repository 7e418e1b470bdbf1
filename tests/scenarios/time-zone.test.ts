/** Agents have the time of the home, in both languages, and another zone reaches them by an ordinary update. */
import assert from 'node:assert/strict';
import { command } from '../support/agents/command.ts';
import { eventually } from '../support/eventually.ts';
import type { Installation } from '../support/installation/installation.ts';
import { onInstallation } from '../support/installation/scenario.ts';

const NODE = `import { BaseAgent } from '@hairem/agent';
export class Agent extends BaseAgent {
  override setup() {
    this.onCommand('time', () => [process.env.TZ ?? null, new Date('2026-07-01T12:00:00Z').getHours()]);
  }
}
`;
const PYTHON = `import os
import time

from hairem import BaseAgent


class Agent(BaseAgent):
    def setup(self) -> None:
        self.on_command("time", lambda *_: [os.environ.get("TZ"), time.localtime(1782907200).tm_hour])
`;

const CREW = ['clock', 'clock-python'];
const scenario = onInstallation({
  agents: {
    clock: { 'manifest.yaml': 'name: Clock\n', 'logic.ts': NODE },
    'clock-python': { 'manifest.yaml': 'name: Clock\n', 'logic.py': PYTHON },
  },
  env: { TZ: 'Europe/Paris' },
});

const timesOf = (it: Installation) =>
  Promise.all(CREW.map(async (id) => (await command(it, id, { name: 'time' })).result));

scenario('agents have the time of the home', async (it) => {
  await it.untilActive(CREW, 240_000);
  assert.deepEqual(await timesOf(it), [
    ['Europe/Paris', 14],
    ['Europe/Paris', 14],
  ]);
});

scenario('another zone reaches them without a bundle that changes', async (it) => {
  await it.orchestrator().stop();
  await it.startOrchestrator({ TZ: 'Asia/Kolkata' });
  await eventually(
    'both have it',
    async () => JSON.stringify(await timesOf(it)) === '[["Asia/Kolkata",17],["Asia/Kolkata",17]]',
    { deadlineMs: 120_000, intervalMs: 500 },
  );
  for (const id of CREW) assert.equal((await it.api.agent(id)).last_update?.result, 'ok');
});
