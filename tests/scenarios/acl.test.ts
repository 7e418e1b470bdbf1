/** What the Redis user of one instance may do: its own channels in its own name, and nothing else. */
import assert from 'node:assert/strict';
import { Redis } from 'ioredis';
import { as, type Login, loginOf } from '../support/agents/agent-login.ts';
import { parrot } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import type { Installation } from '../support/installation/installation.ts';
import { onInstallation } from '../support/installation/scenario.ts';

const scenario = onInstallation({ agents: { parrot: parrot({ mark: 'one' }), other: parrot({ mark: 'two' }) } });

/** What Redis says to a first command. */
async function refusal({ redis }: Installation, login: Partial<Login>): Promise<string> {
  const { host, port } = redis;
  const options = { protocol: 2, enableReadyCheck: false, disableClientInfo: true, retryStrategy: () => null } as const;
  const client = new Redis({ host, port, ...options });
  client.on('error', () => {});
  try {
    if (login.username && login.password) await client.auth(login.username, login.password);
    await client.ping();
    return 'let in';
  } catch (error) {
    return String(error);
  } finally {
    client.disconnect();
  }
}

scenario('it publishes in its own name', async (installation) => {
  await installation.untilActive(['parrot', 'other']);
  const login = await loginOf(installation, 'parrot');
  const inst = login.username.split('.')[1];
  const asks = ['registry', 'memory', 'llm'].map((service) => `svc:${service}:parrot:${inst}`);
  await as(installation, login, async (client) => {
    for (const channel of [
      'agent:user:parrot',
      'agent:other:parrot',
      'broadcast:parrot',
      `st:parrot:${inst}`,
      ...asks,
    ]) {
      assert.equal(typeof (await client.publish(channel, '{}')), 'number', channel);
    }
  });
});

scenario('everything else is refused with NOPERM', async (installation) => {
  const login = await loginOf(installation, 'parrot');
  const inst = Number(login.username.split('.')[1]);
  const publishes = [
    'agent:user:other',
    'agent:parrot:orchestrator',
    'broadcast:other',
    'ctl:parrot',
    'ctl:other',
    `st:parrot:${inst + 1}`,
    'st:other:1',
    `re:parrot:${inst}`,
    `re:parrot:${inst}:memory`,
    `re:parrot:${inst}:llm`,
    'svc:crew:system:1',
    'svc:history:orchestrator:1',
    `svc:history:parrot:${inst}`,
    `svc:crew:parrot:${inst}`,
    `svc:nobody:parrot:${inst}`,
    `svc:memory:other:${inst}`,
    'registry:events',
  ];
  const subscribes = ['agent:*', 'agent:other:*', '*', 'st:*', 'st:other:*', 'ctl:*', 're:*', 'svc:*'];
  await as(installation, login, async (client) => {
    for (const channel of publishes)
      await assert.rejects(client.publish(channel, '{}'), /NOPERM/, `publish ${channel}`);
    for (const pattern of subscribes)
      await assert.rejects(client.psubscribe(pattern), /NOPERM/, `psubscribe ${pattern}`);
    for (const channel of ['ctl:other', 're:other:1']) {
      await assert.rejects(client.subscribe(channel), /NOPERM/, `subscribe ${channel}`);
    }
    const commands = [
      ['GET', 'x'],
      ['SET', 'x', '1'],
      ['KEYS', '*'],
      ['ACL', 'LIST'],
      ['CONFIG', 'GET', '*'],
      ['CLIENT', 'LIST'],
    ];
    for (const [name = '', ...args] of [...commands, ['FLUSHALL'], ['PUBSUB', 'CHANNELS']]) {
      await assert.rejects(client.call(name, ...args), /NOPERM/, name);
    }
  });
});

scenario('nobody gets in without a password, nor with one of an instance that is gone', async (installation) => {
  const login = await loginOf(installation, 'parrot');
  assert.match(await refusal(installation, {}), /NOAUTH/);
  assert.match(await refusal(installation, { username: 'default', password: 'x' }), /WRONGPASS/);
  assert.equal(await refusal(installation, login), 'let in');
  await installation.api.call('POST', '/api/agents/parrot/stop');
  await eventually('its user is gone', async () => !(await installation.inventory()).users.includes(login.username));
  assert.match(await refusal(installation, login), /WRONGPASS/);
});
