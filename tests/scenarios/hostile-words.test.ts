/**
 * An agent that says what has ended processes: thousands of nested lists, on every channel that it may publish on, with
 * its own credential. Orchestrator, services and the honest agents of both languages stay the same processes and answer.
 */
import assert from 'node:assert/strict';
import type { Redis } from 'ioredis';
import { MAX_MESSAGE_BYTES } from '../../orchestrator/src/domain/messages/h-link.ts';
import { as, loginOf } from '../support/agents/agent-login.ts';
import { command } from '../support/agents/command.ts';
import { memo, parrot, pythonParrot } from '../support/builders/bundles.ts';
import { hostileTexts } from '../support/builders/hostile-texts.ts';
import { eventually } from '../support/eventually.ts';
import { inspect } from '../support/host/engine.ts';
import type { Installation } from '../support/installation/installation.ts';
import { onInstallation } from '../support/installation/scenario.ts';

const HONEST = ['parrot', 'pythonparrot', 'memo'];
const scenario = onInstallation({
  agents: {
    mallory: parrot({ mark: 'bad' }),
    parrot: parrot({ mark: 'good' }),
    pythonparrot: pythonParrot({ mark: 'good' }),
    memo: memo('node'),
  },
});

/** Which processes stand for what, by what an engine and a system number them. */
async function processes(it: Installation): Promise<unknown> {
  const agents = HONEST.map(async (id) => {
    const { container } = await it.api.agent(id);
    const { Id, State } = await inspect(container?.id ?? '');
    return [id, Id, State.Pid];
  });
  const ours = [it.orchestrator(), it.services()].map((program) => [program.pid, program.ended()]);
  return [ours, await Promise.all(agents)];
}

async function allAnswer(it: Installation): Promise<void> {
  for (const id of ['parrot', 'pythonparrot'])
    assert.equal((await command(it, id, { name: 'mark' })).status, 'success');
  assert.equal((await command(it, 'memo', { name: 'remember', args: { from: 1, to: 3 } })).status, 'success');
  assert.equal((await it.api.call('GET', '/api/status')).status, 200);
}

/** With what it is called, the text with depth in the place where it is read. */
function deepTexts(inst: number): Record<string, string[]> {
  const deep = [3_000, 100_000].map((levels) => '['.repeat(levels) + ']'.repeat(levels));
  const stamp = { id: 'x', timestamp: new Date().toISOString(), type: 'narrative.text' };
  const message = (target: string, payload: string) =>
    `${JSON.stringify({ ...stamp, sender: { agent_id: 'mallory' }, recipient: { target } }).slice(0, -1)},"payload":{"content":${payload}}}`;
  const beat = (inner: string) =>
    `{"type":"heartbeat","inst":${inst},"term":1,"state":"ACTIVE","tasks":${inner},"commands":${inner},"skills":${inner},"dropped":{}}`;
  const request = (inner: string) => `{"type":"request","id":"q1","op":"query","args":{"a":${inner}},"have":null}`;
  // History and crew are between the orchestrator and the services alone: Redis refuses an agent there.
  const services = ['memory', 'llm', 'registry'];
  return Object.fromEntries([
    ['agent:user:mallory', deep.map((inner) => message('user', inner))],
    ...HONEST.map((id) => [`agent:${id}:mallory`, deep.map((inner) => message(id, inner))]),
    ['broadcast:mallory', deep.map((inner) => message('broadcast', inner))],
    [`st:mallory:${inst}`, deep.map(beat)],
    ...services.map((name) => [`svc:${name}:mallory:${inst}`, deep.map(request)]),
  ]);
}

/** What Redis takes has been heard by all when it answers the last one. */
async function sayAll(client: Redis, texts: Record<string, readonly string[]>): Promise<void> {
  for (const [channel, said] of Object.entries(texts)) {
    for (const text of said) assert.ok((await client.publish(channel, text)) >= 1, `nobody hears ${channel}`);
  }
}

scenario('3,000 and 100,000 levels on every channel end nobody', async (it) => {
  await it.startServices();
  await it.untilActive(['mallory', ...HONEST], 240_000);
  await allAnswer(it);
  const before = await processes(it);
  const login = await loginOf(it, 'mallory');
  const inst = Number(login.username.split('.')[1]);
  await as(it, login, (client) => sayAll(client, deepTexts(inst)));
  await allAnswer(it);
  assert.deepEqual(await processes(it), before);
});

scenario('nor does anything else that is no message', async (it) => {
  const before = await processes(it);
  const login = await loginOf(it, 'mallory');
  const inst = Number(login.username.split('.')[1]);
  const channels = Object.keys(deepTexts(inst)).filter((channel) => !channel.startsWith('st:'));
  // Redis ends the connection of whoever sends more than 1 MiB.
  const texts = hostileTexts().filter((text, n) => n % 7 === 0 && Buffer.byteLength(text) < MAX_MESSAGE_BYTES);
  await as(it, login, (client) => sayAll(client, Object.fromEntries(channels.map((channel) => [channel, texts]))));
  await eventually('all answer', async () => allAnswer(it).then(() => true));
  assert.deepEqual(await processes(it), before);
});
