/** A hostile agent for each way to flood, beside three honest ones: it alone is named, and nobody loses a message. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentRecord } from '../../orchestrator/src/domain/agent-record.ts';
import type { SecurityKind } from '../../orchestrator/src/domain/security.ts';
import { parrot, wolf } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import type { Installation } from '../support/installation/installation.ts';
import { onInstallation, say } from '../support/installation/scenario.ts';
import { underLoad } from '../support/load/load.ts';
import { assertLossless } from '../support/load/lossless.ts';

interface Attack {
  kind: SecurityKind;
  /** Whether it is stopped, too, or only told of. */
  ends: boolean;
  /** Whose password it has, besides its own. */
  stolen?: string;
}

const ATTACKS: Readonly<Record<string, Attack>> = {
  heartbeats: { kind: 'flood', ends: true },
  broadcasts: { kind: 'flood', ends: true },
  letters: { kind: 'flood', ends: true },
  lists: { kind: 'flood', ends: true },
  connections: { kind: 'connections', ends: true },
  nameless: { kind: 'connections', ends: true },
  unfinished: { kind: 'hog', ends: true },
  refused: { kind: 'refused', ends: false },
  stolen: { kind: 'foreign_core_connection', ends: true, stolen: 'orchestrator' },
};
const SHEEP = ['sheep-0', 'sheep-1', 'sheep-2'];
const WOLVES = Object.keys(ATTACKS).map((name) => `wolf-${name}`);
const NAMED_MS = 5_000;
const REDIS_LIMIT = 256 * 2 ** 20;

const scenario = onInstallation({
  agents: Object.fromEntries([...SHEEP.map((id) => [id, parrot({ mark: 'v0' })]), ...WOLVES.map((id) => [id, wolf()])]),
});

async function redisPeak({ bus }: Installation): Promise<number> {
  return Number(/used_memory_peak:(\d+)/.exec(await bus.redis.info('memory'))?.[1]);
}

/** What of the orchestrator's log says that it was off the bus. */
async function offTheBus({ root }: Installation): Promise<number> {
  const log = await readFile(join(root, 'orchestrator.log'), 'utf8');
  return log.split('Redis is away').length - 1;
}

/** What is honest, and must stay so: the same instance, nothing said of it. */
const standingOf = ({ id, instance, active, security, container }: AgentRecord) => ({
  id,
  instance,
  active,
  security,
  restarts: container?.restarts,
});

scenario('they begin', (installation) => installation.untilActive([...SHEEP, ...WOLVES], 240_000));

for (const [name, { kind, ends, stolen }] of Object.entries(ATTACKS))
  scenario(`${name}: the culprit is named, and nobody else notices`, async (installation) => {
    const { api, dataDir } = installation;
    const id = `wolf-${name}`;
    const isHonest = (record: { id: string }) =>
      SHEEP.includes(record.id) || WOLVES.indexOf(record.id) > WOLVES.indexOf(id);
    const others = (await api.agents()).filter(isHonest).map(standingOf);
    const before = await api.agent(id);
    const password = stolen ? (await readFile(join(dataDir, 'redis', `${stolen}.password`), 'utf8')).trim() : '';
    const { result, report } = await underLoad(
      installation,
      { agents: SHEEP, rate: 200, publishers: 1, timed: SHEEP },
      async () => {
        const began = performance.now();
        const args = { kind: name, user: stolen ?? '', password };
        const body = { type: 'expert.command', payload: { command: 'attack', args } };
        assert.equal((await api.call('POST', `/api/agents/${id}/messages`, { body })).status, 202);
        await eventually(
          `${id} is named`,
          async () => (await api.agent(id)).security.some((entry) => entry.kind === kind),
          { deadlineMs: 20_000 },
        );
        const named = Math.round(performance.now() - began);
        if (ends) await eventually(`${id} is stopped`, async () => (await api.agent(id)).instance !== before.instance);
        return named;
      },
    );
    say(`${name}: named after ${result} ms, Redis' peak ${Math.round((await redisPeak(installation)) / 2 ** 20)} MiB`);
    assertLossless(report);
    assert.ok(result < NAMED_MS, `named after ${result} ms`);
    const after = (await api.agents()).filter(isHonest).map(standingOf);
    assert.deepEqual(after, others);
    assert.equal(await offTheBus(installation), 0, 'the orchestrator stays on the bus');
    assert.ok((await redisPeak(installation)) < REDIS_LIMIT);
    const culprit = await api.agent(id);
    assert.ok((culprit.rating?.value ?? 8) < (before.rating?.value ?? 0), 'the rating shows it');
    assert.ok(culprit.warnings.some((line) => line.startsWith(`security: ${kind}: `)));
    if (ends) assert.equal(culprit.status, 'backoff', 'it is held back');
  });
