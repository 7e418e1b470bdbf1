/**
 * Agents with nothing but Redis think: the server of language models is reached by the services alone. A narrative agent
 * without code, skills in both languages, models and keys of their own, and services killed in the middle.
 */
import assert from 'node:assert/strict';
import { after, beforeEach } from 'node:test';
import { command } from '../support/agents/command.ts';
import { untilUpdated } from '../support/agents/crew.ts';
import { piecesIn, talk } from '../support/agents/talk.ts';
import { thinker } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import { engine } from '../support/host/engine.ts';
import { onInstallation } from '../support/installation/scenario.ts';
import { startLlmServer } from '../support/servers/llm-server.ts';

type Fields = Record<string, unknown>;

const model = await startLlmServer();
after(() => model.close());
beforeEach(() => {
  model.onAsked = ({ body }) => ({ text: `heard: ${String(body.messages?.at(-1)?.content)}` });
});

const POET = 'name: Poet\nllm_config: {temperature: 0.3}\nupdate: {monitor_seconds: 1}\n';
const PERSONA = 'system_prompt: You are a poet.\n';
const SKILL = 'skills: [{name: who_can, description: Who can do it.}]\n';
const THINKERS = ['thinker', 'thinker-python'];
const CREW = ['poet', ...THINKERS];
/** Its model would be in the house, and it asks for no network. */
const WANDERER = 'llm_config: {base_url: "http://192.168.1.1/v1", model: any}\n';

const scenario = onInstallation({
  agents: {
    poet: { 'manifest.yaml': POET, 'persona.yaml': PERSONA },
    wanderer: { 'manifest.yaml': WANDERER, 'persona.yaml': PERSONA },
    thinker: thinker('node', { extra: SKILL }),
    'thinker-python': thinker('python', { extra: SKILL }),
  },
  env: {
    HAIREM_LLM_BASE_URL: model.url,
    HAIREM_LLM_MODEL: 'small',
    HAIREM_LLM_PRICE_OUTPUT: '1000000',
    THINKER_LLM_API_KEY: 'sk-of-the-thinker',
  },
});

scenario('they start, on networks that lead nowhere', async (it) => {
  await it.startServices();
  await it.untilActive(CREW, 300_000);
  for (const id of CREW) {
    const { container } = await it.api.agent(id);
    const about = await engine<{ NetworkSettings: { Networks: Fields } }>('GET', `/containers/${container?.id}/json`);
    for (const name of Object.keys(about.NetworkSettings.Networks)) {
      assert.equal((await engine<{ Internal: boolean }>('GET', `/networks/${name}`)).Internal, true, name);
    }
  }
});

scenario('an agent without code answers as its persona, in pieces and whole, and what it cost is shown', async (it) => {
  model.onAsked = () => ({ text: 'Roses are red', pieceDelayMs: 60 });
  const answer = await talk(it, 'poet', 'a rhyme, please');
  const [pieces, { text }] = [piecesIn(answer), answer];
  assert.equal(text, 'Roses are red');
  assert.ok(pieces.length >= 2, JSON.stringify(answer.said));
  assert.equal(pieces.join(''), text);
  const { body } = model.asked.at(-1) ?? {};
  assert.match(String(body?.messages?.[0]?.content), /^You are a poet\./);
  assert.deepEqual([body?.model, body?.temperature], ['small', 0.3]);
  await eventually('the record has it', async () => {
    const { completion_tokens, total_tokens, cost } = await it.api.agent('poet');
    return completion_tokens === 3 && total_tokens > 3 && cost === 3;
  });
});

for (const id of THINKERS) {
  scenario(`${id}: its skills are used, and it has a key of its own or none`, async (it) => {
    model.onAsked = ({ body }) => {
      if (body.messages?.at(-1)?.role === 'tool') return { text: 'Horloge can.' };
      return { tools: [{ name: 'who_can', args: { capability: 'timers' } }] };
    };
    assert.equal((await talk(it, id, 'who can set a timer?')).text, 'Horloge can.');
    const { key, body } = model.asked.at(-1) ?? {};
    assert.match(String(body?.messages?.at(-1)?.content), /horloge/);
    assert.equal(key, id === 'thinker' ? 'sk-of-the-thinker' : null);
  });
}

scenario('the record shows the model that is used: the system’s, where the bundle names none', async (it) => {
  for (const id of CREW) assert.equal((await it.api.agent(id)).llm_model, 'small');
});

scenario('an address of its own that nobody allows is refused, and the record says the line to write', async (it) => {
  await it.untilActive(['wanderer']);
  await eventually('the record has it', async () => {
    const { warnings, rating } = await it.api.agent('wanderer');
    return rating?.value === 7 && warnings.some((line) => /^model: .*192\.168\.1\.1.*egress: internet/.test(line));
  });
  assert.match((await talk(it, 'wanderer', 'hello')).text, /192\.168\.1\.1.*model_addresses/);
});

scenario('another model is used from the next message on, without a restart', async (it) => {
  const before = await it.api.agent('poet');
  const { update } = await untilUpdated(it, { id: 'poet' }, () =>
    it.agents.save('poet', 'manifest.yaml', POET.replace('{temperature', '{model: large, temperature')),
  );
  assert.deepEqual([update.lane, update.result], ['live', 'ok']);
  await talk(it, 'poet', 'and another');
  assert.equal(model.asked.at(-1)?.body.model, 'large');
  const { instance, llm_model } = await it.api.agent('poet');
  assert.deepEqual([instance, llm_model], [before.instance, 'large']);
});

for (const id of THINKERS) {
  scenario(`${id}: services killed during 50 calls: each is answered once, none is paid twice`, async (it) => {
    model.onAsked = ({ body }) => ({ text: `re: ${String(body.messages?.[0]?.content)}`, delayMs: 200 });
    const paid = model.paid();
    const asking = command(it, id, { name: 'many', args: { count: 50 }, waitSeconds: 120 });
    for (const when of [5, 20, 35]) {
      await eventually(`${when} are paid`, () => model.paid() - paid >= when, { intervalMs: 5 });
      await it.services().kill('SIGKILL');
      await it.startServices();
    }
    const { status, result, error } = await asking;
    assert.equal(status, 'success', String(error));
    assert.deepEqual(
      result,
      Array.from({ length: 50 }, (_, n) => `re: question ${n}`),
    );
    assert.equal(model.paid() - paid, 50);
  });
}

scenario('what was used is shown again after everything was restarted', async (it) => {
  const { total_tokens: before } = await it.api.agent('thinker');
  assert.ok(before > 0);
  await it.orchestrator().stop();
  await it.startOrchestrator();
  await it.untilActive(CREW);
  await eventually('it is told again', async () => (await it.api.agent('thinker')).total_tokens === before);
});
