/** The orchestrator is killed at every step and at every state of an instance, and started again: it always converges. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { LABEL, networkName } from '../../orchestrator/src/domain/labels.ts';
import { KILL_POINTS, type KillPoint } from '../../orchestrator/src/rollout/kill-points.ts';
import { saveParrot, untilAnswers } from '../support/agents/crew.ts';
import { type BundleFiles, parrot } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import { engine } from '../support/host/engine.ts';
import type { Installation } from '../support/installation/installation.ts';
import { containersOf } from '../support/installation/inventory.ts';
import { onInstallation, say } from '../support/installation/scenario.ts';

/** What makes the orchestrator come to the point; `mark` is new in each case. */
interface Case {
  /** Before it is stopped and started with the point to die at. */
  prepare?: (installation: Installation, mark: string) => Promise<void>;
  /** While it is down. */
  whileDown?: (installation: Installation, mark: string) => Promise<void>;
  /** After it was started; it may die at any moment from then on. */
  act?: (installation: Installation, mark: string) => Promise<void>;
  /** The agents that must be there at the end; `parrot` and `mule` where it is not said. */
  agents?: string[];
  /** The agent that must answer with the mark at the end, if any. */
  answers?: string | null;
}

const mule = (mark: string): BundleFiles => parrot({ mark }, { update: { strategy: 'stop-first' } });
const edit = (id: string) => (installation: Installation, mark: string) => saveParrot(installation, id, { mark });
const swapParrot: Case = { act: edit('parrot') };

const CASES: Record<KillPoint, Case> = {
  'step:adopt': { whileDown: edit('parrot') },
  'step:build': swapParrot,
  'step:start': {
    act: (installation, mark) => installation.agents.put('extra', parrot({ mark })),
    agents: ['parrot', 'mule', 'extra'],
    answers: 'extra',
  },
  'step:swap': swapParrot,
  'step:replace': { act: edit('mule'), answers: 'mule' },
  'step:configure': {
    act: async ({ agents }, mark) => agents.save('parrot', 'persona.yaml', `role: ${mark}\n`),
    answers: null,
  },
  'step:retire': swapParrot,
  'step:stop': { prepare: addExtra, act: ({ agents }) => agents.remove('extra'), answers: null },
  'step:remove': {
    prepare: addExtra,
    whileDown: async (installation) => {
      await engine('POST', `/containers/${await containerOf(installation, 'extra')}/kill`);
    },
    agents: ['parrot', 'mule', 'extra'],
    answers: 'extra',
  },
  'step:attach': {
    act: async (installation) => {
      await eventually('the API answers', () => installation.api.agents());
      await installation.untilActive(['parrot', 'mule']);
      const { installId, redis } = installation;
      const body = { Container: redis.id, Force: true };
      await engine('POST', `/networks/${networkName(installId, 'parrot')}/disconnect`, { body });
    },
    answers: null,
  },
  'step:forget': { prepare: addExtra, act: ({ agents }) => agents.remove('extra'), answers: null },
  'step:prune': swapParrot,
  'state:CREATED': swapParrot,
  'state:CONNECTED': swapParrot,
  'state:STANDBY': swapParrot,
  'state:ACTIVE': swapParrot,
  'state:DRAINING': swapParrot,
  'state:SPARE': swapParrot,
  'state:GONE': swapParrot,
  'user-made': swapParrot,
  prepared: swapParrot,
  verified: swapParrot,
  'cut-published': swapParrot,
};

async function addExtra(installation: Installation, mark: string): Promise<void> {
  await installation.agents.put('extra', parrot({ mark }));
  await installation.untilActive(['extra']);
}

/** Found through the engine, since no orchestrator is there to ask. */
async function containerOf({ installId }: Installation, id: string): Promise<string> {
  const found = (await containersOf(installId)).find(({ Labels }) => Labels[LABEL.agent] === id);
  return found?.Id ?? '';
}

const scenario = onInstallation({
  agents: { parrot: parrot({ mark: 'v0' }), mule: mule('v0') },
  // The same id comes and goes with other bundles: whose word that needs is not the subject here.
  env: { HAIREM_REMOVE_HOLD_SECONDS: '0', HAIREM_TRUST: 'all' },
});

before(() => say(`${KILL_POINTS.length} kill points`));

test('every kill point has a case', () => {
  assert.deepEqual(Object.keys(CASES).sort(), [...KILL_POINTS].sort());
});

for (const point of KILL_POINTS) {
  scenario(`killed at ${point}`, async (installation) => {
    await killAt(installation, point, CASES[point]);
  });
}

async function killAt(installation: Installation, point: KillPoint, one: Case): Promise<void> {
  const mark = point.replaceAll(/[^a-z]/gi, '-');
  await installation.untilActive(['parrot', 'mule'], 240_000);
  await one.prepare?.(installation, mark);
  await installation.orchestrator().stop();
  await one.whileDown?.(installation, mark);
  await installation.startOrchestrator({ HAIREM_KILL_AT: point });
  await one.act?.(installation, mark);
  const end = await eventually(`it is killed at ${point}`, () => installation.orchestrator().ended());
  assert.equal(end, 'SIGKILL');
  await installation.startOrchestrator();
  const agents = one.agents ?? ['parrot', 'mule'];
  await installation.untilActive(agents);
  const answers = one.answers === undefined ? 'parrot' : one.answers;
  if (answers !== null) await untilAnswers(installation, { id: answers, mark });
  await installation.untilNoLeftovers(agents);
  await removeExtra(installation, agents);
}

async function removeExtra(installation: Installation, agents: readonly string[]): Promise<void> {
  if (!agents.includes('extra')) return;
  await installation.agents.remove('extra');
  await installation.untilNoLeftovers(['parrot', 'mule']);
}
