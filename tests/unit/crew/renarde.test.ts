/** Renarde: who can do what, wishes handed on, what is said to nobody, and what she says without a language model. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { type Message, SendError, ServiceError } from '@hairem/agent';
import { Agent } from '../../../agents/renarde/logic.ts';
import { aMessage, type FakeAgentHost, fakeAgentHost } from '../../support/fakes/fake-agent-host.ts';

const about = { status: 'active', personified: true, skills: [], commands: [] };
const CREW = [
  { ...about, id: 'renarde', name: 'Renarde', active: true, description: null, capabilities: ['conversation'] },
  {
    ...about,
    id: 'horloge',
    name: 'Horloge',
    active: true,
    description: 'Keeps the time.',
    capabilities: ['timers'],
    commands: ['timer.set'],
  },
  {
    ...about,
    id: 'lampe',
    name: 'Lampé',
    active: true,
    description: 'Lights.',
    capabilities: [],
    skills: [{ name: 'set_light', description: 'Sets the light.' }],
  },
  { ...about, id: 'asleep', name: 'Asleep', active: false, description: null, capabilities: ['timers'] },
];

let host: FakeAgentHost;
let agent: Agent;
let asked: number;

beforeEach(() => {
  host = fakeAgentHost({ name: 'Renarde' }, 'renarde');
  asked = 0;
  host.onRequest = ({ service }) => {
    if (service === 'registry') return { agents: CREW, next: null };
    asked += 1;
    throw new ServiceError('not_configured', 'no language model is configured yet');
  };
  agent = new Agent(host);
});

const ids = (found: unknown) => (found as { id: string }[]).map(({ id }) => id);
const said = () =>
  host.sent.filter(({ type }) => type === 'narrative.text').map(({ payload }) => String(payload.content));

test('who can do it is found by capability, skill and name, among those who are awake', async () => {
  assert.deepEqual(ids((await agent.who_can({ capability: 'Timers' })).can), ['horloge']);
  assert.deepEqual(ids((await agent.who_can({ capability: 'light' })).can), ['lampe']);
  const nobody = await agent.who_can({ capability: 'music' });
  assert.deepEqual([nobody.can, ids(nobody.crew)], [[], ['horloge', 'lampe']]);
});

test('a wish is handed on, by id or name, and the answer comes back', async () => {
  const questions: unknown[] = [];
  host.ask = async ({ target, type, payload }) => {
    questions.push([target, type, payload.content]);
    return aMessage({ type: 'narrative.text', payload: { content: 'It rings at noon.' } }) as Message;
  };
  assert.deepEqual(await agent.delegate({ agent: 'Lampe', request: 'light on' }), {
    from: 'Lampé',
    answer: 'It rings at noon.',
  });
  await agent.delegate({ agent: 'horloge', request: 'noon' });
  assert.deepEqual(questions, [
    ['lampe', 'narrative.text', 'light on'],
    ['horloge', 'narrative.text', 'noon'],
  ]);
});

test('a colleague who is not there or says nothing is told to the model', async () => {
  assert.match(String((await agent.delegate({ agent: 'asleep', request: 'x' })).error), /no asleep/);
  host.ask = () => Promise.reject(new SendError('timeout', 'horloge did not answer'));
  assert.match(String((await agent.delegate({ agent: 'horloge', request: 'x' })).error), /Horloge did not answer/);
  host.ask = () => Promise.reject(new SendError('cancelled', 'given up'));
  await assert.rejects(agent.delegate({ agent: 'horloge', request: 'x' }), /given up/);
});

test('what people say to nobody is for her; what they say to another is not', async () => {
  const all = { recipient: { target: 'broadcast' } };
  await agent.onMessage(aMessage({ ...all, payload: { content: 'good evening' } }));
  assert.equal(asked, 1);
  await agent.onMessage(aMessage({ ...all, payload: { content: 'Lampe, light!' } }));
  await agent.onMessage(aMessage({ ...all, type: 'narrative.text', payload: { content: 'hello' } }));
  assert.equal(asked, 1);
});

test('without a language model she says what to set, and who is in the house', async () => {
  await agent.onMessage(aMessage({ recipient: { target: 'renarde' } }));
  assert.deepEqual(said(), [
    'Renarde hears you, but cannot think: no language model is configured yet. Here are:\nHorloge: Keeps the time. (timer.set)\nLampé: Lights.',
  ]);
});
