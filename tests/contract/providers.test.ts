/**
 * An SDK's agents with providers that deviate, over the services: what a model means reaches people, what it wants is done
 * once, and what it wants back goes back.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { called, calling } from '../support/deviations/calls.ts';
import { error, json, page } from '../support/deviations/errors.ts';
import { DONE, delta, END, events, part, say, texts, whole } from '../support/deviations/said.ts';
import { ON_REDIS } from '../support/harness/sdk-probes.ts';
import { type Fields, SDK } from '../support/harness/sdk-rig.ts';
import { thinkersOnRedis } from '../support/harness/thinkers.ts';
import type { Raw } from '../support/servers/llm-server.ts';

const NOW = '{"zone":"Paris"}';
const WHO = '{"capability":"timers"}';
const DID = ['noon in Paris', '{"capability":"timers","agents":["horloge"]}'];

describe(`providers as they are (${SDK})`, ON_REDIS, () => {
  const { model, thinker, talk, result } = thinkersOnRedis();
  /** Answers with these in turn; the last one again and again. @returns what the agent has said and the model was told */
  const converse = async (...answers: Raw[]) => {
    let n = 0;
    model().onAsked = () => ({ raw: answers[Math.min(n++, answers.length - 1)] as Raw });
    const before = model().asked.length;
    await thinker();
    const said = await talk({ payload: { content: 'hello' } });
    const payloads = (type: string) => said.filter((one) => one.type === type).map(({ payload }) => payload as Fields);
    const of = (isSystem: boolean) => payloads('narrative.text').filter(({ role }) => (role === 'system') === isSystem);
    const chunks = payloads('narrative.chunk');
    const last = chunks.findLastIndex(({ restart }) => restart === true);
    return {
      text: of(false).map(({ content }) => content),
      system: of(true).map(({ content }) => String(content)),
      streamed: chunks
        .slice(Math.max(0, last))
        .map(({ content }) => content)
        .join(''),
      asked: model()
        .asked.slice(before)
        .map(({ body }) => body.messages ?? []),
      kept: ((await result('history')) as Fields[]).map(({ text }) => text),
    };
  };

  const calls: [name: string, says: Raw][] = [
    ['at index 0 both', calling(part(0, 'p', 'now', NOW), part(0, 'q', 'who_can', WHO))],
    ['without index and id', calling(part(null, null, 'now', NOW), part(null, null, 'who_can', WHO))],
    ['with the same id', calling(part(null, 'call_0', 'now', NOW), part(null, 'call_0', 'who_can', WHO))],
    [
      'whole, without ids',
      whole({ content: '', tool_calls: [called('now', NOW), called('who_can', { capability: 'timers' })] }),
    ],
  ];
  for (const [name, says] of calls) {
    test(`calls ${name} are done, each with an id of its own over two rounds`, async () => {
      const { text, asked } = await converse(says, says, texts('It is noon.'));
      assert.deepEqual(text, ['It is noon.']);
      const [, , told = []] = asked;
      const done = told.filter(({ role }) => role === 'tool');
      assert.deepEqual(
        done.map(({ content }) => content),
        [...DID, ...DID],
      );
      const ids = told.flatMap(({ tool_calls }) => (tool_calls as Fields[] | undefined) ?? []).map(({ id }) => id);
      assert.deepEqual(
        done.map((one) => one.tool_call_id),
        ids,
      );
      assert.equal(new Set(ids).size, 4, ids.join(' '));
    });
  }

  test('fields beside a call and beside the answer go back as they came, and nothing is null', async () => {
    const signed = { extra_content: { google: { thought_signature: 'sig' } } };
    const call = { ...called('now', NOW), id: 'p', type: 'function', ...signed };
    const { asked, text } = await converse(
      events(
        delta({ reasoning_content: 'hm' }),
        delta({ reasoning_content: 'm', tool_calls: [{ index: 0, ...call }] }),
        DONE,
      ),
      texts('noon'),
    );
    assert.deepEqual(text, ['noon']);
    const back = asked[1]?.find(({ role }) => role === 'assistant');
    assert.deepEqual(back, { role: 'assistant', content: null, tool_calls: [call], reasoning_content: 'hmm' });
  });

  const plain: [name: string, says: Raw][] = [
    ['thinking in tags', texts('<thi', 'nk>let me see', '</think>\n\nhel', 'lo you')],
    ['thinking that the template began', texts('let me see', '</think>\n\nhel', 'lo you')],
    ['thinking in a field', events(delta({ reasoning_content: 'let me see' }), say('hello you'), END, DONE)],
    [
      'thinking in channels',
      texts(
        '<|channel|>analysis<|message|>let me see<|end|>',
        '<|start|>assistant<|channel|>final<|message|>hello you',
      ),
    ],
    ['[DONE] without a reason', events(say('hello '), say('you'), DONE)],
    ['a reason without [DONE]', events(say('hello '), say('you', 'stop'))],
    ['JSON in place of a stream', whole({ content: 'hello you' })],
    [
      'no empty lines',
      { pieces: [`data: ${JSON.stringify(say('hello you'))}\ndata: [DONE]`], type: 'text/event-stream' },
    ],
  ];
  for (const [name, says] of plain) {
    test(`${name}: said, streamed and kept is the answer, and it is paid once`, async () => {
      const { text, system, streamed, asked, kept } = await converse(says);
      assert.deepEqual([text, system, streamed, asked.length], [['hello you'], [], 'hello you', 1]);
      assert.deepEqual(kept, ['hello', 'hello you']);
    });
  }

  const failing: [name: string, says: Raw, words: RegExp][] = [
    ['detail', json({ detail: 'no such thing' }, { status: 400 }), /\(400\): no such thing/],
    ['an error with 200', json(error), /answers with an error: no good/],
    ['a web page', page('<html>', 'text/html', 200), /web page/],
    ['a stream that is torn off', { ...events(say('hel'), say('lo')), end: 'cut' }, /broke off in the middle/],
    ['length before the first word', whole({ content: '' }, 'length'), /max_tokens/],
    ['length while it thinks', events(say('<think>so'), delta({}, 'length'), DONE), /thinking.*max_tokens/],
    ['a filter', whole({ content: null }, 'content_filter'), /content filter/],
    ['nothing', whole({ content: '' }), /said nothing/],
  ];
  for (const [name, says, words] of failing) {
    test(`${name}: is said once, by the system, and stays out of the history`, async () => {
      const { text, system, asked, kept } = await converse(says);
      assert.deepEqual([text, system.length, asked.length], [[], 1, 1], system.join());
      assert.match(system[0] ?? '', words);
      assert.deepEqual(kept, ['hello']);
    });
  }

  test('an answer that is cut off is said as far as it goes, and that it is', async () => {
    const { text, system, kept } = await converse(events(say('hello y'), delta({}, 'length'), DONE));
    assert.deepEqual(text, ['hello y']);
    assert.match(system.join(), /cut off.*max_tokens/);
    assert.deepEqual(kept, ['hello', 'hello y']);
  });
});
