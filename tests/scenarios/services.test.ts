/** Agents with nothing but Redis remember: services killed in the middle, swaps, a restart of everything; and history. */
import assert from 'node:assert/strict';
import { command } from '../support/agents/command.ts';
import { untilUpdated } from '../support/agents/crew.ts';
import { memo } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import type { Installation } from '../support/installation/installation.ts';
import { onInstallation } from '../support/installation/scenario.ts';

const CREW = ['memo', 'memo-python'];
const scenario = onInstallation({ agents: { memo: memo('node'), 'memo-python': memo('python') } });

async function result(installation: Installation, id: string, name: string, args: Record<string, unknown> = {}) {
  const answer = await command(installation, id, { name, args, waitSeconds: 90 });
  assert.equal(answer.status, 'success', String(answer.error));
  return answer.result;
}

interface Said {
  agent: string;
  to: string;
  content: string;
}

/** What `/api/status` says of the services; null while it says nothing of them. */
async function troubleWithServices({ api }: Installation): Promise<string | null> {
  const { reasons } = (await api.call('GET', '/api/status')).body as { reasons: string[] };
  return reasons.find((reason) => reason.startsWith('services: ')) ?? null;
}

scenario('without the services a request ends after 30 s, and says which container to start', async (it) => {
  await it.untilActive(CREW, 240_000);
  const answers = CREW.map((id) => command(it, id, { name: 'recall', args: { query: 'x' }, waitSeconds: 50 }));
  for (const { status, error } of await Promise.all(answers)) {
    assert.equal(status, 'error');
    assert.match(String(error), /`services` is not running: for 30 s nobody heard memory\.recall/);
  }
});

scenario('an agent starts without the services, and what it asks is answered when they are there', async (it) => {
  await it.untilActive(CREW, 240_000);
  assert.equal((await it.api.call('GET', '/api/history')).status, 503);
  const early = result(it, 'memo', 'remember', { from: 0, to: 1 });
  await it.startServices();
  assert.equal(await early, 1);
  await result(it, 'memo', 'query', { surql: 'DELETE memory' });
});

for (const id of CREW) {
  scenario(`${id}: services killed during 1,000 remembers: each is answered once and stored once`, async (it) => {
    const heard = await it.bus.redis.duplicate();
    let answers = 0;
    heard.on('pmessage', () => {
      answers += 1;
    });
    await heard.psubscribe(`re:${id}:*`);
    const remembering = result(it, id, 'remember', { from: 0, to: 1000 });
    for (const when of [100, 250, 400]) {
      await eventually(`${when} are answered`, () => answers >= when, { intervalMs: 5 });
      await it.services().kill('SIGKILL');
      assert.ok(answers < 1000, 'it was killed in the middle');
      await it.startServices();
    }
    heard.disconnect();
    assert.equal(await remembering, 1000);
    const [contents] = (await result(it, id, 'query', { surql: 'SELECT VALUE content FROM memory' })) as [string[]];
    assert.equal(contents.length, 1000);
    assert.equal(new Set(contents).size, 1000);
  });
}

scenario('agents know the crew, and nothing of each other’s memories', async (it) => {
  await result(it, 'memo', 'query', { surql: 'CREATE memory SET content = "the password is swordfish"' });
  for (const id of CREW) assert.deepEqual(await result(it, id, 'crew'), CREW);
  assert.deepEqual(await result(it, 'memo-python', 'recall', { query: 'swordfish' }), []);
  assert.deepEqual(await result(it, 'memo', 'recall', { query: 'swordfish' }), ['the password is swordfish']);
});

scenario('what was remembered is there after a swap and after a restart of everything', async (it) => {
  const { update } = await untilUpdated(it, { id: 'memo' }, async () => {
    await it.agents.save('memo', 'note.txt', 'another version');
  });
  assert.equal(update.result, 'ok', JSON.stringify(update));
  assert.deepEqual(await result(it, 'memo', 'recall', { query: 'swordfish' }), ['the password is swordfish']);
  await it.services().stop();
  await it.orchestrator().stop();
  await it.redis.kill();
  await it.startOrchestrator();
  await it.startServices();
  await it.untilActive(CREW);
  assert.deepEqual(await result(it, 'memo', 'recall', { query: 'swordfish' }), ['the password is swordfish']);
});

scenario('history has what the user said and what happened, and the agents go on without it', async (it) => {
  const said = { type: 'user_message', payload: { content: 'Hello there' } };
  await it.api.call('POST', '/api/agents/memo/messages', { body: said });
  const contents = async (path: string) => JSON.stringify((await it.api.call('GET', path)).body);
  await eventually('the message is kept', async () => /Hello there/.test(await contents('/api/history?agent=memo')));
  await eventually('the update is kept', async () => /"update"/.test(await contents('/api/history/events?agent=memo')));
  await eventually('nothing is wrong with the services', async () => (await troubleWithServices(it)) === null);
  await it.services().stop();
  const { status, body } = await it.api.call('GET', '/api/history');
  assert.equal(status, 503, JSON.stringify(body));
  const trouble = await troubleWithServices(it); // what was asked reached nobody, so nobody has to wait for silence
  assert.match(trouble ?? '', /memory, language models and history do not work.*`docker compose logs services`/);
  assert.deepEqual(await result(it, 'memo-python', 'crew'), CREW);
  await it.startServices();
  await eventually('the status says it no more', async () => (await troubleWithServices(it)) === null);
  await eventually('it is there again', async () => /Hello there/.test(await contents('/api/history')));
});

scenario('history has both sides of what agents say to each other, once, and no whisper', async (it) => {
  for (const [id, who] of [CREW, CREW.toReversed()] as [string, string][]) {
    await result(it, id, 'tell', { who, type: 'system.whisper', content: 'a secret between us' });
    await result(it, id, 'tell', { who, type: 'narrative.text', content: `here is ${id}` });
  }
  const read = async (agent: string) =>
    ((await it.api.call('GET', `/api/history?agent=${agent}`)).body as { messages: Said[] }).messages
      .filter(({ agent, to }) => to !== 'user' && agent !== 'user')
      .map(({ agent, to, content }) => `${agent} to ${to}: ${content}`);
  const told = [
    'memo to memo-python: here is memo',
    'memo to memo-python: you said: here is memo-python',
    'memo-python to memo: here is memo-python',
    'memo-python to memo: you said: here is memo',
  ];
  for (const id of CREW) {
    await eventually(`the last answer is in the history of ${id}`, async () => (await read(id)).length >= told.length);
    assert.deepEqual((await read(id)).sort(), told);
  }
});
