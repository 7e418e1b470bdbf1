/** What echo sends back, and what it leaves alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Agent } from '../../../agents/echo/logic.ts';
import { aMessage, fakeAgentHost } from '../../support/fakes/fake-agent-host.ts';

test('the payload comes back to the sender, with the id of the message', async () => {
  const host = fakeAgentHost();
  const message = aMessage({ sender: { agent_id: 'renarde' }, payload: { content: 'hello', number: 7 } });
  await new Agent(host).onMessage(message);
  const { payload, id } = message;
  assert.deepEqual(host.sent, [{ target: 'renarde', type: 'narrative.text', payload, correlationId: id }]);
});

test('an answer is not answered, or two echoes would never stop', async () => {
  const host = fakeAgentHost();
  const { metadata } = aMessage();
  await new Agent(host).onMessage(aMessage({ metadata: { ...metadata, correlation_id: 'other' } }));
  assert.deepEqual(host.sent, []);
});
