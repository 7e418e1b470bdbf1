/** BaseAgent as it is: what it answers before there is a language model, and what it does not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BaseAgent } from '../../../agent-base-image/typescript/src/base-agent.ts';
import { type Message, toMessage } from '../../../agent-base-image/typescript/src/message.ts';
import { fakeAgentHost } from '../../fakes/fake-agent-host.ts';

function message(type: string, target: string, payload: Record<string, unknown> = {}): Message {
  const sender = { agent_id: 'user' };
  const read = toMessage({ id: 'm1', timestamp: '2026-01-01T00:00:00Z', type, sender, recipient: { target }, payload });
  assert.ok(read);
  return read;
}

describe('BaseAgent', () => {
  test('says plainly that no language model is configured, to who asks it directly', async () => {
    const host = fakeAgentHost({ name: 'Renarde' }, 'renarde');
    const agent = new BaseAgent(host);
    await agent.onMessage(message('user_message', 'renarde', { content: 'Hi' }));
    await agent.onMessage(message('user_message', 'broadcast'));
    await agent.onMessage(message('narrative.text', 'renarde'));
    assert.deepEqual(host.sent, [
      {
        target: 'user',
        type: 'narrative.text',
        payload: { content: 'Renarde cannot answer: no language model is configured yet.', format: 'text' },
        correlationId: 'm1',
      },
    ]);
  });

  test('with logic that leaves it such a message, it names the commands that it knows', async () => {
    class Agent extends BaseAgent {}
    const host = fakeAgentHost({ name: 'Horloge' }, 'tested');
    const agent = new Agent(host);
    agent.onCommand('timer.set', () => null);
    await agent.onMessage(message('user_message', 'tested'));
    assert.match(String(host.sent[0]?.payload.content), /^Horloge cannot answer: .* commands timer\.set\.$/);
  });

  test('answers a command that nobody registered', async () => {
    const host = fakeAgentHost({}, 'tested');
    await new BaseAgent(host).onMessage(message('expert.command', 'tested', { command: 'dance' }));
    assert.equal(host.sent[0]?.type, 'expert.response');
    assert.deepEqual(host.sent[0]?.payload, {
      status: 'error',
      result: null,
      error: 'no such command: dance (known: none)',
    });
  });

  test('does not pretend to have services that are not there yet', () => {
    const agent = new BaseAgent(fakeAgentHost());
    assert.throws(() => agent.llm, /the llm service is not available yet/);
  });

  test('a constructor that forgets its argument is told', () => {
    assert.throws(() => new BaseAgent(undefined as never), /must hand its argument on: super\(host\)/);
  });
});
