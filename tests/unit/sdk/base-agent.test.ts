/** BaseAgent as it is: it answers through its language model, and says what is missing where there is none. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject, Profile } from '../../../agent-base-image/typescript/src/agent-host.ts';
import { BaseAgent } from '../../../agent-base-image/typescript/src/base-agent.ts';
import type { LlmMessage } from '../../../agent-base-image/typescript/src/llm.ts';
import { type Message, toMessage } from '../../../agent-base-image/typescript/src/message.ts';
import { ServiceError } from '../../../agent-base-image/typescript/src/service-error.ts';
import { fakeAgentHost } from '../../support/fakes/fake-agent-host.ts';

function message(type: string, target: string, payload: Record<string, unknown> = {}): Message {
  const sender = { agent_id: 'user' };
  const read = toMessage({ id: 'm1', timestamp: '2026-01-01T00:00:00Z', type, sender, recipient: { target }, payload });
  assert.ok(read);
  return read;
}

interface Asked {
  messages: readonly LlmMessage[];
  options: JsonObject;
}

/** A host whose language model gives these answers, the last one again and again. A tool is its name and arguments. */
function thinking(answers: { text: string; tools?: string[]; notice?: string }[], profile: Partial<Profile> = {}) {
  const host = fakeAgentHost({ name: 'Renarde', ...profile }, 'renarde');
  const told: Asked[] = [];
  host.onRequest = ({ args, onChunk }) => {
    const { text = '', tools = [], notice = null } = answers[Math.min(told.length, answers.length - 1)] ?? {};
    told.push(structuredClone(args) as unknown as Asked);
    if (text !== '') onChunk?.({ text });
    const tool_calls = tools.map((tool, index) => {
      const [, name = '', args = ''] = /^(\w+) ?(.*)$/.exec(tool) ?? [];
      return { id: `call-${index}`, type: 'function', function: { name, arguments: args } };
    });
    const extra = { reasoning_content: 'hm' };
    return { text, thinking: 'hm', tool_calls, extra, finish_reason: 'stop', notice, model: 'small', usage: {} };
  };
  return { host, told };
}

describe('BaseAgent', () => {
  test('answers as its persona, and says that it speaks', async () => {
    const { host, told } = thinking([{ text: 'good evening' }], { persona: { system_prompt: 'You are a fox.' } });
    await new BaseAgent(host).onMessage(message('user_message', 'renarde', { content: 'Hi' }));
    assert.match(String(told[0]?.messages[0]?.content), /^You are a fox\./);
    assert.deepEqual(
      host.sent.map(({ target, type, payload, correlationId }) => [target, type, payload, correlationId]),
      [
        ['user', 'agent.speaking', { speaking: true, to: 'user' }, 'm1'],
        ['user', 'narrative.chunk', { content: 'good evening', seq: 0, restart: false, format: 'text' }, 'm1'],
        ['user', 'narrative.text', { content: 'good evening', format: 'text' }, 'm1'],
        ['user', 'agent.speaking', { speaking: false, to: 'user' }, 'm1'],
      ],
    );
  });

  test('leaves alone what is not for it', async () => {
    const { host } = thinking([]);
    const agent = new BaseAgent(host);
    await agent.onMessage(message('user_message', 'broadcast', { content: 'hello all' }));
    await agent.onMessage(message('agent.internal_note', 'renarde', { content: 'psst' }));
    await agent.onMessage(message('visual.asset', 'renarde', { url: 'x' }));
    assert.deepEqual(host.sent, []);
  });

  test('uses its skills, made by code or methods of its class, and tells the model what goes wrong', async () => {
    class Agent extends BaseAgent {
      whoCan({ capability }: JsonObject) {
        return [`${capability}: horloge`];
      }
      hidden() {
        return 'not offered, and so not called';
      }
      protected fail() {
        throw new Error('the lamp is broken');
      }
    }
    const calls = [
      {
        text: 'Let me see.',
        tools: ['who_can {"capability":"light"}', 'fail', 'sing', 'setup', 'dance', 'hidden', 'now {'],
      },
      { text: 'Horloge can.' },
    ];
    const skills = ['who_can', 'fail', 'sing', 'setup'].map((name) => ({ name, description: '' }));
    const { host, told } = thinking(calls, { skills });
    const agent = new Agent(host);
    agent.skill('now', { description: 'The time.' }, () => 'noon');
    await agent.onMessage(message('user_message', 'renarde', { content: 'light?' }));
    assert.deepEqual(
      told[1]?.messages.filter(({ role }) => role === 'tool').map(({ content }) => content),
      [
        '["light: horloge"]',
        'error: the lamp is broken',
        'error: the skill sing is not implemented',
        'error: the skill setup is not implemented',
        'error: there is no skill dance (there are: now, who_can, fail, sing, setup)',
        'error: there is no skill hidden (there are: now, who_can, fail, sing, setup)',
        'error: the arguments are no JSON: call it again with one JSON object, such as {"name": "value"}',
      ],
    );
    assert.equal(
      host.sent.find(({ type }) => type === 'narrative.text')?.payload.content,
      'Let me see.\n\nHorloge can.',
    );
    const pieces = host.sent.filter(({ type }) => type === 'narrative.chunk').map(({ payload }) => payload.content);
    assert.equal(pieces.join(''), 'Let me see.\n\nHorloge can.');
  });

  test('goes round so often and then must answer', async () => {
    const { host, told } = thinking([{ text: '', tools: ['now'] }], { llm_config: { max_rounds: 2 } });
    const agent = new BaseAgent(host);
    agent.skill('now', { description: 'The time.' }, () => 'noon');
    await agent.onMessage(message('user_message', 'renarde', { content: 'time?' }));
    assert.deepEqual(
      told.map(({ options }) => options),
      [{}, {}, { tool_choice: 'none' }],
    );
    assert.deepEqual(host.sent.find(({ type }) => type === 'narrative.text')?.payload, {
      content:
        'Renarde has no answer: after 2 rounds of using its skills it wanted more. `llm_config.max_rounds` allows it others, up to 50.',
      format: 'text',
      role: 'system',
    });
  });

  test('says why an answer is empty or not whole, in words that are not its own', async () => {
    const notice = 'it was cut off: a larger max_tokens leaves room for thinking.';
    for (const [text, words] of [
      ['', [`Renarde has no answer: ${notice}`]],
      ['Once upon', ['Once upon', `The answer of Renarde is not whole: ${notice}`]],
    ] as const) {
      const { host } = thinking([{ text, notice }]);
      await new BaseAgent(host).onMessage(message('user_message', 'renarde', { content: 'a story' }));
      const said = host.sent.filter(({ type }) => type === 'narrative.text').map(({ payload }) => payload);
      assert.deepEqual(
        said.map(({ content }) => content),
        words,
      );
      assert.equal(said.at(-1)?.role, 'system');
      assert.equal(said[0]?.notice, text === '' ? undefined : notice);
      assert.deepEqual(host.warnings, [text === '' ? 'the language model said nothing' : 'the answer is not whole']);
    }
    const { host } = thinking([{ text: '' }]);
    await new BaseAgent(host).onMessage(message('user_message', 'renarde', { content: 'a story' }));
    assert.match(String(host.sent[1]?.payload.content), /the model small said nothing and ended with `stop`/);
  });

  test('reads what the model gives to a skill, and gives back to it what it said, each call with its own id', async () => {
    const calls = {
      text: '',
      tools: ['set_timer {"seconds":"60","at":null,"name":""}', 'set_timer {"seconds":"soon"}'],
    };
    const { host, told } = thinking([calls, calls, { text: 'Set.' }]);
    const given: JsonObject[] = [];
    const agent = new BaseAgent(host);
    const properties = { seconds: { type: 'integer' }, at: { type: 'string' }, name: { type: 'string' } };
    agent.skill('set_timer', { description: 'Set one.', parameters: { type: 'object', properties } }, (args) => {
      given.push(args);
      return 'set';
    });
    await agent.onMessage(message('user_message', 'renarde', { content: 'timer!' }));
    assert.deepEqual(given, [{ seconds: 60 }, { seconds: 60 }]);
    const [, , first, set, wrong, second] = told[2]?.messages ?? [];
    assert.deepEqual([first?.content, first?.reasoning_content], [null, 'hm']);
    assert.deepEqual([set?.content, set?.tool_call_id], ['set', 'call-0']);
    assert.match(String(wrong?.content), /^error: seconds must be a whole number, not "soon"$/);
    const ids = [first, second].flatMap((one) => ((one?.tool_calls ?? []) as { id: string }[]).map(({ id }) => id));
    assert.equal(new Set(ids).size, 4, ids.join());
  });

  test('answers an agent whole, and keeps the theme', async () => {
    const { host, told } = thinking([{ text: 'yes' }]);
    const agent = new BaseAgent(host);
    await agent.onMessage(message('world.theme_changed', 'broadcast', { theme: 'Winter' }));
    await agent.onMessage({
      ...message('narrative.text', 'renarde', { content: 'cold?' }),
      sender: { agent_id: 'horloge' },
    });
    assert.match(String(told[0]?.messages[0]?.content), /The theme of this home is Winter/);
    assert.deepEqual(
      host.sent.map(({ target, type }) => `${type} to ${target}`),
      ['agent.speaking to user', 'narrative.text to horloge', 'agent.speaking to user'],
    );
  });

  test('says what to set where no language model is configured, and what it can do all the same', async () => {
    const host = fakeAgentHost({ name: 'Horloge' }, 'renarde');
    const infos: string[] = [];
    Object.assign(host.log, { info: (text: string) => infos.push(text) });
    host.onRequest = () => {
      throw new ServiceError('not_configured', 'no language model is configured yet: set HAIREM_LLM_PROVIDER');
    };
    const agent = new BaseAgent(host);
    agent.onCommand('timer.set', () => null);
    for (const _ of [1, 2]) await agent.onMessage(message('user_message', 'renarde', { content: 'hello' }));
    const [text] = host.sent.filter(({ type }) => type === 'narrative.text');
    assert.match(
      String(text?.payload.content),
      /^Horloge cannot answer: .*HAIREM_LLM_PROVIDER\. .* commands timer\.set\.$/,
    );
    assert.equal(infos.length, 1);
  });

  test('says why the language model does not answer; given up, it says nothing', async () => {
    const host = fakeAgentHost({ name: 'Renarde' }, 'renarde');
    host.onRequest = () => {
      throw new ServiceError('unavailable', 'nobody listens there');
    };
    await new BaseAgent(host).onMessage(message('user_message', 'renarde', { content: 'hello' }));
    assert.equal(host.sent[1]?.payload.content, 'Renarde cannot answer now: nobody listens there.');
    host.onRequest = () => {
      throw new ServiceError('cancelled', 'llm.chat was cancelled');
    };
    await assert.rejects(async () =>
      new BaseAgent(host).onMessage(message('user_message', 'renarde', { content: 'hello' })),
    );
    assert.equal(host.sent.filter(({ type }) => type === 'narrative.text').length, 1);
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

  test('a constructor that forgets its argument is told', () => {
    assert.throws(() => new BaseAgent(undefined as never), /must hand its argument on: super\(host\)/);
  });
});
