/**
 * An SDK's agents, Node's unless `HAIREM_TEST_SDK` says another, the services and a server of language models, as
 * processes on a real Redis: what people say is answered, and what is asked is paid once.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { texts } from '../support/deviations/said.ts';
import { eventually } from '../support/eventually.ts';
import { ON_REDIS } from '../support/harness/sdk-probes.ts';
import { type Fields, type Heard, SDK } from '../support/harness/sdk-rig.ts';
import { SKILLS, THINKER, thinkersOnRedis } from '../support/harness/thinkers.ts';
import { printed } from '../support/printed.ts';

/** A question that was under way at a kill is sent again after at most ten seconds: the rig's own patience is no more. */
const OVER_KILLS_MS = 60_000;

describe(`language models (${SDK})`, ON_REDIS, () => {
  const { rig, candidate, model, services, crew, soft, thinker, talk, result } = thinkersOnRedis();
  const textOf = (said: Heard['message'][]) =>
    (said.find(({ type }) => type === 'narrative.text')?.payload as Fields | undefined)?.content;

  test('a person is answered: it speaks, says pieces, says the whole', async () => {
    model().onAsked = () => ({ text: 'one two three', pieceDelayMs: 50 });
    await thinker();
    const said = await talk({ payload: { content: 'hello', user: 'Ada' } });
    const kinds = said.map(({ type }) => type);
    assert.deepEqual([kinds[0], kinds.at(-2), kinds.at(-1)], ['agent.speaking', 'narrative.text', 'agent.speaking']);
    const pieces = said.filter(({ type }) => type === 'narrative.chunk').map(({ payload }) => payload as Fields);
    assert.ok(pieces.length >= 2, 'in more than one piece');
    assert.deepEqual(
      pieces.map(({ seq }) => seq),
      pieces.map((_, n) => n),
    );
    assert.equal(pieces.map(({ content }) => content).join(''), 'one two three');
    assert.equal(textOf(said), 'one two three');
    const told = model().asked.at(-1)?.body.messages ?? [];
    assert.match(String(told[0]?.content), /^You think\..*You are speaking with Ada\./s);
    assert.deepEqual(told.slice(1), [{ role: 'user', content: 'hello' }]);
  });

  test('it knows what was said, by whom, and what only it was told', async () => {
    await thinker();
    await talk({ payload: { content: 'my cat is called Tom' } });
    await rig().send({ type: 'agent.internal_note', from: 'peer', payload: { content: 'Ada is tired' } });
    await rig().send({
      type: 'narrative.text',
      from: 'peer',
      payload: { content: 'done' },
      metadata: { correlation_id: 'm' },
    });
    await eventually('it has heard them', async () => ((await result('history')) as Fields[]).length === 4);
    await talk({ payload: { content: 'how is it called?' } });
    const [system, ...told] = model().asked.at(-1)?.body.messages ?? [];
    assert.match(String(system?.content), /for you alone/);
    assert.deepEqual(told, [
      { role: 'user', content: 'my cat is called Tom' },
      { role: 'assistant', content: 'heard: my cat is called Tom' },
      { role: 'user', content: '[peer, for you alone] Ada is tired\n[peer] done\nhow is it called?' },
    ]);
  });

  test('it uses its skills, and says what came of them', async () => {
    model().onAsked = ({ body }) => {
      const last = body.messages?.at(-1);
      if (last?.role === 'tool') return { text: 'Noon, and Horloge can.' };
      const tools = [
        { name: 'now', args: { zone: 'Paris' } },
        { name: 'who_can', args: { capability: 'timers' } },
      ];
      return { tools };
    };
    await thinker();
    assert.equal(textOf(await talk({ payload: { content: 'time?' } })), 'Noon, and Horloge can.');
    const { messages = [], tools = [] } = model().asked.at(-1)?.body ?? {};
    assert.deepEqual(
      messages.filter(({ role }) => role === 'tool').map(({ content }) => content),
      ['noon in Paris', '{"capability":"timers","agents":["horloge"]}'],
    );
    assert.deepEqual(
      tools.map((tool) => (tool.function as Fields).name),
      ['now', 'who_can'],
    );
    assert.deepEqual((tools[0]?.function as Fields | undefined)?.parameters, SKILLS[0]?.parameters);
  });

  test('an agent is answered whole, its answer is not answered, and all are answered when they name it', async () => {
    await thinker();
    const said = await talk({ type: 'narrative.text', payload: { content: 'hello' } }, 'peer');
    assert.deepEqual(
      said.map(({ type }) => type).filter((type) => type !== 'agent.speaking'),
      ['narrative.text'],
    );
    const asked = model().asked.length;
    const all = { sender: { agent_id: 'user' }, recipient: { target: 'broadcast' }, type: 'user_message' };
    const answered = rig().hear('an answer to all', ({ message: { type } }) => type === 'narrative.text');
    for (const content of ['good evening', 'Thinker, are you there?']) {
      const envelope = { ...all, id: randomUUID(), timestamp: new Date().toISOString(), payload: { content } };
      await rig().redis.publish('broadcast:user', JSON.stringify(envelope));
    }
    const { payload, recipient } = await answered;
    assert.equal((recipient as Fields).target, 'user');
    assert.match(String((payload as Fields).content), /are you there/);
    assert.equal(model().asked.length, asked + 1);
  });

  test('the theme of the world is kept over an update', async () => {
    const old = await thinker();
    await rig().send({ type: 'world.theme_changed', from: 'peer', payload: { theme: 'winter' } });
    const next = await candidate(old, { folder: THINKER, soft: soft() });
    await rig().cut({ to: next, all: [old, next] });
    await talk({ payload: { content: 'cold?' } });
    assert.match(
      String(model().asked.at(-1)?.body.messages?.[0]?.content),
      /The theme of this home is winter\. Cold\./,
    );
  });

  test('its own model and key are used, and what it cost is told', async () => {
    crew().own = {
      llm_config: { base_url: model().url, model: 'large', temperature: 0.1, price: { output: 1e6 } },
      api_key: 'sk-own',
    };
    model().onAsked = () => ({ text: 'a b c' });
    await thinker();
    const before = crew().usage().probe?.cost ?? 0;
    await talk({ payload: { content: 'hello' } });
    const { key, body } = model().asked.at(-1) ?? {};
    assert.deepEqual([key, body?.model, body?.temperature], ['sk-own', 'large', 0.1]);
    await eventually('the cost is told', () => (crew().usage().probe?.cost ?? 0) === before + 3);
  });

  test('without a language model, or with one that fails, a person is told what to do', async () => {
    crew().own = { llm_config: { provider: 'acme' }, api_key: null };
    await thinker();
    assert.match(
      String(textOf(await talk({ payload: { content: 'hello' } }))),
      /^Thinker cannot answer: the provider acme/,
    );
    crew().own = { llm_config: {}, api_key: null };
    model().onAsked = () => ({ status: 400, message: 'no such thing' });
    assert.match(
      String(textOf(await talk({ payload: { content: 'hello' } }))),
      /cannot answer now: .*\(400\): no such thing/,
    );
  });

  test('llm.chat, stream and embed', async () => {
    await thinker();
    const { text, finish_reason, model: by, usage } = (await result('chat', { text: 'hi' })) as Fields;
    assert.deepEqual([text, finish_reason, by], ['heard: hi', 'stop', 'small']);
    assert.equal((usage as Fields).completion_tokens, 2);
    assert.equal(((await result('stream', { text: 'hi' })) as string[]).join(''), 'heard: hi');
    assert.equal(await result('embed', { texts: ['a', 'b'] }), 2);
  });

  test('a stream whose beginning turns out to be no text begins anew, and says so', async () => {
    model().onAsked = () => ({ raw: texts('count', ' to two\n</think>\n\n', 'one ', 'two') });
    await thinker();
    const pieces = (await result('stream', { text: 'count' })) as string[];
    assert.equal(pieces.slice(pieces.lastIndexOf('restart') + 1).join(''), 'one two');
    assert.ok(pieces.includes('restart'));
  });

  test('what is given up is given up at the provider, too', async () => {
    let closed = false;
    model().onAsked = () => ({ text: 'late', delayMs: 20_000 });
    model().onClosed = () => {
      closed = true;
    };
    await thinker();
    assert.equal(await result('give_up'), 'cancelled');
    await eventually('the call is closed', () => closed);
  });

  test('a message that is handled twice is thought about once', async () => {
    model().onAsked = () => ({ text: 'once', delayMs: 700 });
    const old = await thinker();
    const next = await candidate(old, { folder: THINKER, soft: soft() });
    const [asked, paid] = [model().asked.length, model().paid()];
    const answered = talk({ payload: { content: 'a long thought' } });
    await eventually('it is under way', () => model().asked.length > asked);
    await rig().cut({ to: next, all: [next], adopt: [old] });
    assert.equal(textOf(await answered), 'once');
    assert.equal(model().paid(), paid + 1);
    assert.equal(model().asked.length, asked + 1);
  });

  test('services killed again and again during 50 calls: each is answered once, none is paid twice', async () => {
    model().onAsked = ({ body }) => ({ text: `re: ${String(body.messages?.[0]?.content)}`, delayMs: 150 });
    await thinker();
    const paid = model().paid();
    const asking = result('many', { count: 50 }, OVER_KILLS_MS);
    for (const when of [5, 20, 35]) {
      await eventually(`${when} are paid`, () => model().paid() - paid >= when, { intervalMs: 5 });
      await services().kill();
      await services().start();
    }
    const texts = (await asking) as string[];
    assert.deepEqual(
      texts,
      Array.from({ length: 50 }, (_, n) => `re: question ${n}`),
    );
    assert.equal(model().paid() - paid, 50);
    await printed(services(), /goes out again/); // some were under way
  });

  test('a provider that does not know the key is paid again for what was under way, and for nothing else', async () => {
    model().onAsked = () => ({ text: 'well', delayMs: 150 });
    model().honoursKeys = false;
    await thinker();
    const paid = model().paid();
    const asking = result('many', { count: 20 }, OVER_KILLS_MS);
    await eventually('10 are paid', () => model().paid() - paid >= 10, { intervalMs: 5 });
    await services().kill();
    await services().start();
    assert.equal(((await asking) as string[]).length, 20);
    assert.ok(model().paid() - paid <= 24, 'four of one agent are under way at most');
  });
});
