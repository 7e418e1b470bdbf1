/** The API on a real crew: talk to an agent, follow events and logs, stop, start, roll back. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { saveParrot, untilAnswers, untilUpdated } from '../support/agents/crew.ts';
import { crewFolder, parrot } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import type { Installation } from '../support/installation/installation.ts';
import { onInstallation } from '../support/installation/scenario.ts';

const scenario = onInstallation({ agents: { parrot: parrot({ mark: 'one' }) } });

const intend = async ({ api }: Installation, what: string) => {
  const { status, body } = await api.call('POST', `/api/agents/parrot/${what}`);
  assert.equal(status, 202, JSON.stringify(body));
};

scenario('a message to echo comes back in the same call', async (installation) => {
  await installation.agents.copy('echo', join(crewFolder, 'echo'));
  await installation.untilActive(['echo', 'parrot']);
  const body = { type: 'user_message', content: 'hello' };
  const answer = await installation.api.call('POST', '/api/agents/echo/messages?wait=10', { body });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const { id, reply } = answer.body as {
    id: string;
    reply: { payload: { content: string }; sender: { agent_id: string }; metadata: { correlation_id: string } };
  };
  assert.deepEqual(
    [reply.payload.content, reply.sender.agent_id, reply.metadata.correlation_id],
    ['hello', 'echo', id],
  );
});

scenario('an update is heard on the event stream', async (installation) => {
  const over = new AbortController();
  const seen: string[] = [];
  const reading = (async () => {
    for await (const event of installation.api.events(over.signal)) {
      if ('agent' in event && event.agent === 'parrot') seen.push(event.type);
    }
  })().catch(() => {});
  await untilUpdated(installation, { id: 'parrot' }, () => saveParrot(installation, 'parrot', { mark: 'two' }));
  await eventually('the stream has told it', () => {
    return ['desired', 'building', 'active', 'update'].every((type) => seen.includes(type));
  });
  over.abort();
  await reading;
});

scenario('the log of an agent is what it printed', async ({ api }) => {
  const { status, body } = await api.call('GET', '/api/agents/parrot/logs?tail=50');
  assert.equal(status, 200);
  assert.match(JSON.stringify(body), /parrot two sets up/);
});

scenario('rollback runs the version before, until the bundle changes', async (installation) => {
  await intend(installation, 'rollback');
  await untilAnswers(installation, { id: 'parrot', mark: 'one' });
  await saveParrot(installation, 'parrot', { mark: 'three' });
  await untilAnswers(installation, { id: 'parrot', mark: 'three' });
});

scenario('restart gives another container of the same version', async (installation) => {
  const before = await installation.api.agent('parrot');
  await intend(installation, 'restart');
  const after = await eventually('another container', async () => {
    const record = await installation.api.agent('parrot');
    return record.active && record.container?.id !== before.container?.id ? record : null;
  });
  assert.equal(after.bundle.running, before.bundle.running);
});

scenario('stop holds over an edit and a restart of the orchestrator, and start ends it', async (installation) => {
  await intend(installation, 'stop');
  const stopped = () =>
    eventually('it is stopped', async () => {
      const record = await installation.api.agent('parrot');
      return record.status === 'stopped' && !record.active;
    });
  await stopped();
  await saveParrot(installation, 'parrot', { mark: 'four' });
  await installation.orchestrator().stop();
  await installation.startOrchestrator();
  await installation.untilActive(['echo']);
  await stopped();
  await intend(installation, 'start');
  await untilAnswers(installation, { id: 'parrot', mark: 'four' });
});

scenario('the list has an ETag, the plan is text, and a wrong token is refused', async ({ api }) => {
  const list = await api.call('GET', '/api/agents/no-such-agent');
  assert.equal(list.status, 404);
  const { headers } = await api.call('GET', '/api/agents');
  const etag = headers.get('etag') ?? '';
  assert.notEqual(etag, '');
  assert.match(String((await api.call('GET', '/api/agents/parrot/plan')).body), /\w/);
  for (const token of [null, 'wrong']) assert.equal((await api.call('GET', '/api/agents', { token })).status, 401);
});
