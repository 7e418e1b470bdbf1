/**
 * Every credential of the bus, as if stolen: from our own side of Redis, where nobody ends its connection, the users'
 * rights and the seal alone must hold; from an agent's network it is ended, and the agent is named.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { createControlSeal, newControlKey } from '../../orchestrator/src/bus/control-seal.ts';
import { as, type Login, loginOf } from '../support/agents/agent-login.ts';
import { whoAnswers } from '../support/agents/crew.ts';
import { aSoftPart } from '../support/builders/a-version.ts';
import { parrot, pythonParrot, wolf } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import type { Installation } from '../support/installation/installation.ts';
import { onInstallation, say } from '../support/installation/scenario.ts';

const VICTIMS = ['parrot', 'pythonparrot'];
const NAMED_MS = 5_000;
const scenario = onInstallation({
  agents: {
    parrot: parrot({ mark: 'true' }),
    pythonparrot: pythonParrot({ mark: 'true' }),
    thief: parrot({ mark: 'thief' }),
    'wolf-memory': wolf(),
    'wolf-llm': wolf(),
    'wolf-history': wolf(),
    'wolf-orchestrator': wolf(),
  },
});

/** Of each user what it may say and hear of what is tried here; all else is refused. */
const MAY: Readonly<Record<string, { say: RegExp; hear: RegExp }>> = {
  orchestrator: { say: /^(ctl:|re:)/, hear: /^(agent:\*|st:\*)$/ },
  memory: { say: /^re:.*:memory$/, hear: /^svc:memory:\*$/ },
  llm: { say: /^re:.*:llm$|^svc:crew:system:1$/, hear: /^svc:llm:\*$/ },
  history: { say: /^$/, hear: /^$/ },
  instance: { say: /^$/, hear: /^$/ },
};
const COMMANDS = [
  ['SHUTDOWN', 'NOSAVE'],
  ['CONFIG', 'GET', '*'],
  ['CONFIG', 'SET', 'maxclients', '1'],
  ['FLUSHALL'],
  ['EVAL', 'return 1', '0'],
  ['KEYS', '*'],
  ['GET', 'x'],
  ['MONITOR'],
  ['ACL', 'LIST'],
  ['PUBSUB', 'CHANNELS'],
] as const;

async function loginFor(it: Installation, who: string): Promise<Login> {
  if (who === 'instance') return loginOf(it, 'thief');
  const folder = who === 'orchestrator' ? 'redis' : 'services/redis';
  const password = await readFile(join(it.dataDir, folder, `${who}.password`), 'utf8');
  return { username: who, password: password.trim() };
}

const isRefused = (call: Promise<unknown>) =>
  call.then(
    () => false,
    (error) => {
      assert.match(String(error), /NOPERM/);
      return true;
    },
  );

const soft = aSoftPart({ name: 'forged', role: 'expert', config: { color: 'forged' } });

/** What would end an instance, replace it or change what it is. */
function orders(id: string, inst: number): [channel: string, message: object][] {
  const secrets = { TOKEN: 'forged' };
  return [
    [`re:${id}:${inst}`, { type: 'welcome', id, inst, hash: 'forged', soft, secrets, drain_seconds: 1 }],
    [`ctl:${id}`, { type: 'config_update', inst, hash: 'forged', soft }],
    [`ctl:${id}`, { type: 'mark', id: 'm', owner: inst + 1 }],
    [`ctl:${id}`, { type: 'cut', id: 'c', term: 99, to: inst + 1, adopt: [inst], conns: {} }],
    [`ctl:${id}`, { type: 'retire', inst, window: 'closed' }],
    [`ctl:${id}`, { type: 'stop', inst }],
  ];
}

const standing = async (it: Installation) => {
  const records = (await it.api.agents()).filter(({ id }) => VICTIMS.includes(id));
  const known = records.map(({ id, instance, status, active, container }) => [
    id,
    instance,
    status,
    active,
    container?.id,
  ]);
  return { known, answers: await Promise.all(VICTIMS.map((id) => whoAnswers(it, id))) };
};

/** As it is, and sealed with a key that is not this installation's. */
async function giveOrders(it: Installation, client: Redis): Promise<number> {
  const seal = createControlSeal({ current: newControlKey(), former: null }, Math.floor(Date.now() / 1000) + 60);
  let refused = 0;
  for (const id of VICTIMS) {
    const inst = (await it.api.agent(id)).instance ?? 0;
    for (const [channel, message] of orders(id, inst))
      for (const text of [message, seal.seal(channel, id, message)])
        refused += Number(await isRefused(client.publish(channel, JSON.stringify(text))));
  }
  return refused;
}

scenario('they begin', (it) => it.untilActive([...VICTIMS, 'thief'], 240_000));

for (const [who, may] of Object.entries(MAY)) {
  scenario(`${who}: no order of it is obeyed by either SDK`, async (it) => {
    const before = await standing(it);
    const refused = await as(it, await loginFor(it, who), (client) => giveOrders(it, client));
    assert.equal(refused, who === 'orchestrator' ? 0 : 2 * 2 * orders('parrot', 1).length);
    assert.deepEqual(await standing(it), before);
  });

  scenario(`${who}: says and hears what is its own alone`, async (it) => {
    const inst = (await it.api.agent('parrot')).instance;
    const replies = ['memory', 'llm', 'history'].map((service) => `re:parrot:${inst}:${service}`);
    const says = [...replies, `st:parrot:${inst}`, 'agent:parrot:user', 'broadcast:parrot', 'svc:crew:system:1'];
    const hears = ['*', 'agent:*', 'agent:parrot:*', 'st:*', 're:*', 'ctl:*', 'svc:*', 'svc:memory:*', 'svc:llm:*'];
    await as(it, await loginFor(it, who), async (client) => {
      for (const channel of says.filter((name) => who !== 'orchestrator' || name.startsWith('st:')))
        assert.equal(await isRefused(client.publish(channel, 'null')), !may.say.test(channel), `says ${channel}`);
      for (const pattern of hears)
        assert.equal(await isRefused(client.psubscribe(pattern)), !may.hear.test(pattern), `hears ${pattern}`);
    });
  });

  scenario(`${who}: runs no command that is not its own`, async (it) => {
    await as(it, await loginFor(it, who), async (client) => {
      for (const [name, ...args] of COMMANDS)
        assert.ok(await isRefused(client.call(name, ...args)), [name, ...args].join(' '));
    });
  });
}

for (const who of ['memory', 'llm', 'history', 'orchestrator']) {
  scenario(`${who}: used from an agent's network it is ended, and the agent is named`, async (it) => {
    const id = `wolf-${who}`;
    await it.untilActive([id]);
    const { username, password } = await loginFor(it, who);
    const { known } = await standing(it);
    const args = { kind: 'stolen', user: username, password };
    const body = { type: 'expert.command', payload: { command: 'attack', args } };
    const began = performance.now();
    assert.equal((await it.api.call('POST', `/api/agents/${id}/messages`, { body })).status, 202);
    await eventually(`${id} is named`, async () => {
      const { security } = await it.api.agent(id);
      return security.some(({ kind, message }) => kind === 'foreign_core_connection' && message.includes(who));
    });
    const named = Math.round(performance.now() - began);
    say(`${who}: named after ${named} ms`);
    assert.ok(named < NAMED_MS, `named after ${named} ms`);
    assert.deepEqual((await standing(it)).known, known);
  });
}
