/** What goes back to a provider in the next round, and what is counted: fields, ids, usage, each with its bound. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ChatRequest } from '../../orchestrator/src/domain/llm/language-model.ts';
import { called, calling } from '../support/deviations/calls.ts';
import {
  A,
  type Deviation,
  DONE,
  delta,
  END,
  events,
  type Fields,
  part,
  say,
  texts,
  whole,
} from '../support/deviations/said.ts';
import { asking, chat } from '../support/servers/raw-answers.ts';

describe('the next round', () => {
  const asked = { role: 'user', content: 'hi' };
  /** As BUS.md has it. */
  const again = ({ text, tool_calls, extra }: Awaited<ReturnType<typeof chat>>) => [
    asked,
    { role: 'assistant', content: text || null, ...(tool_calls.length > 0 ? { tool_calls } : {}), ...extra },
    ...tool_calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'done' })),
  ];
  const round = whole({ content: '', tool_calls: [called('a', A[1]), called('b', '{}')] }, 'tool_calls');

  test('each call has an id of its own over all rounds, which strict providers take', async () => {
    let messages: ReturnType<typeof again> = [asked];
    const ids: string[] = [];
    for (let n = 0; n < 4; n += 1) {
      const answer = await chat(n % 2 ? calling(part(0, 'call_0', 'a', '{}')) : round, { messages, stream: n > 1 });
      ids.push(...answer.tool_calls.map(({ id }) => id));
      messages = [...messages, ...again(answer).slice(1)];
    }
    assert.equal(ids.length, 6);
    assert.equal(new Set(ids).size, 6, ids.join(' '));
    for (const id of ids) assert.match(id, /^(call_0|[a-z0-9]{9})$/);
  });

  test('the same call answered again has the same ids', async () => {
    const ids = async () => (await chat(round)).tool_calls.map(({ id }) => id);
    assert.deepEqual(await ids(), await ids());
  });

  test('gives back what was said beside a call and beside the answer, as it came', async () => {
    const signed = { extra_content: { google: { thought_signature: 'sig' } } };
    const call = {
      id: 'p',
      type: 'function',
      index: 0,
      ...signed,
      function: { name: 'a', arguments: '{}', thought: 's' },
    };
    for (const says of [
      whole({ content: null, reasoning_content: 'hmm', tool_calls: [call] }),
      events(delta({ reasoning_content: 'h' }), delta({ reasoning_content: 'mm', tool_calls: [call] }), DONE),
    ]) {
      const messages = again(await chat(says));
      await chat(whole({ content: 'well' }), { messages });
      const { index: _, ...kept } = call;
      const said = { role: 'assistant', content: null, reasoning_content: 'hmm', tool_calls: [kept] };
      assert.deepEqual(asking.server.asked.at(-1)?.body.messages?.[1], said);
    }
  });

  test('has null beside calls, no empty list of calls, and no message that says nothing', async () => {
    const assistant = (more: Fields) => ({ role: 'assistant', ...more });
    const tool_calls = [{ id: 'p', type: 'function', function: { name: 'a', arguments: '{}' } }];
    const rows: [sent: Fields, arrives: Fields | null][] = [
      [assistant({ content: '', tool_calls }), assistant({ content: null, tool_calls })],
      [assistant({ content: ' \n', tool_calls }), assistant({ content: null, tool_calls })],
      [assistant({ content: [], tool_calls }), assistant({ content: null, tool_calls })],
      [assistant({ tool_calls }), assistant({ content: null, tool_calls })],
      [assistant({ content: 'so', tool_calls }), assistant({ content: 'so', tool_calls })],
      [assistant({ content: 'so', tool_calls: [] }), assistant({ content: 'so' })],
      [assistant({ content: 'so', tool_calls: null }), assistant({ content: 'so' })],
      [assistant({ content: '' }), null],
      [assistant({ content: null, tool_calls: [] }), null],
      [
        { role: 'user', content: '' },
        { role: 'user', content: '' },
      ],
    ];
    for (const [sent, arrives] of rows) {
      await chat(whole({ content: 'well' }), { messages: [asked, sent, asked] as ChatRequest['messages'] });
      assert.deepEqual(asking.server.asked.at(-1)?.body.messages, arrives ? [asked, arrives, asked] : [asked, asked]);
    }
  });

  test('chooses no tool where none is offered', async () => {
    const options = { tool_choice: 'none', parallel_tool_calls: false, seed: 1 };
    await chat(whole({ content: 'well' }), { tools: [], options });
    const { tool_choice, parallel_tool_calls, seed } = asking.server.asked.at(-1)?.body ?? {};
    assert.deepEqual([tool_choice, parallel_tool_calls, seed], [undefined, undefined, 1]);
    await chat(whole({ content: 'well' }), { options });
    assert.equal(asking.server.asked.at(-1)?.body.tool_choice, 'none');
  });
});

describe('what a provider wants back has a bound', () => {
  const deep = (n: number): unknown => (n === 0 ? 1 : [deep(n - 1)]);
  const rows: [name: string, fields: Fields, kept: string[]][] = [
    ['bytes', { big: 'x'.repeat(300_000), small: 'x' }, ['small']],
    ['bytes of all together', { a: 'x'.repeat(200_000), b: 'x'.repeat(200_000), c: 'x' }, ['a', 'c']],
    ['depth', { deep: deep(40), flat: deep(3) }, ['flat']],
    ['names of the language', { constructor: 1, toString: 2, prototype: 3 }, ['constructor', 'toString', 'prototype']],
  ];
  for (const [name, fields, kept] of rows) {
    test(name, async () => {
      for (const says of [
        whole({ content: 'so', ...fields }),
        events(delta({ content: 'so', ...fields }), END, DONE),
      ]) {
        assert.deepEqual(Object.keys((await chat(says)).extra), kept);
      }
    });
  }

  test('and __proto__ is none of its names', async () => {
    const text = '{"choices":[{"delta":{"content":"so","x":{"a":1},"__proto__":{"y":1}},"finish_reason":null}]}';
    const again = text.replace('"a":1', '"__proto__":{"y":1}');
    const { extra } = await chat(events(`data: ${text}\n\n`, `data: ${again}\n\n`, END, DONE));
    assert.deepEqual(extra, { x: { a: 1 } });
    assert.equal(({} as Fields).y, undefined);
  });
});

test('what stands beside a text that nearly fills a message makes way for it', async () => {
  const text = 'x'.repeat(900 * 1024);
  const beside = { reasoning_content: 'y'.repeat(200_000) };
  const { extra, thinking, ...rest } = await chat(whole({ content: text, ...beside }));
  assert.deepEqual([rest.text.length, extra, thinking], [text.length, {}, '']);
  const signed = called('a', '{}', { id: 'p', signature: 'z'.repeat(300_000), kept: 1 });
  const [call] = (await chat(whole({ tool_calls: [signed] }))).tool_calls;
  assert.deepEqual(Object.keys(call ?? {}).sort(), ['function', 'id', 'kept', 'type']);
});

test('thinking is told and kept as far as its bound', async () => {
  const long = 'y'.repeat(30_000);
  const { thinking, text } = await chat(texts('<think>', ...Array(5).fill(long), '</think>so'));
  assert.deepEqual([thinking.length, asking.heard.thinking.length, text], [65_536, 65_536, 'so']);
});

test('a model that thinks before a tag was opened takes back what it said once, and never again', async () => {
  const says = texts('let me see', '</think>\n\nso');
  const options = { model: 'own-template' };
  const restarts: number[] = [];
  for (let n = 0; n < 3; n += 1) {
    const { text } = await chat(says, { options });
    restarts.push(asking.restarts);
    assert.deepEqual([text, asking.heard.text], ['so', 'so']);
  }
  assert.deepEqual(restarts, [1, 1, 1]);
});

test('a connection serves one call after the other', async () => {
  const before = asking.server.connections();
  for (const stream of [true, true, false, true]) {
    await chat(stream ? texts('one ', 'two') : whole({ content: 'so' }), { stream });
    await chat(events({ ...say('so', 'stop'), usage: { total_tokens: 1 } }, DONE), { stream: true });
  }
  // A call that comes at once may meet the end of the one before.
  assert.ok(asking.server.connections() - before <= 2, `${asking.server.connections() - before} for eight calls`);
});

describe('usage', () => {
  const of = (...said: unknown[]) => events(say('so'), ...said.map((usage) => ({ choices: [], usage })), END, DONE);
  const used = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
  const rows: [name: string, says: Deviation['says'], counts: number[]][] = [
    ['as it should be', of(used), [3, 2, 5]],
    ['none', of(), [0, 0, 0]],
    ['null', of(null), [0, 0, 0]],
    ['twice', of(used, used), [3, 2, 5]],
    ['growing with each piece', of({ ...used, completion_tokens: 1, total_tokens: 4 }, used), [3, 2, 5]],
    ['nothing behind it', of(used, {}, { prompt_tokens: 0 }), [3, 2, 5]],
    ['in texts', of({ prompt_tokens: '3', completion_tokens: '2', total_tokens: '5' }), [3, 2, 5]],
    ['without a total', of({ prompt_tokens: 3, completion_tokens: 2 }), [3, 2, 5]],
    ['as Anthropic names it', of({ input_tokens: 3, output_tokens: 2 }), [3, 2, 5]],
    ['negative', of({ prompt_tokens: -3, completion_tokens: -2, total_tokens: -5 }), [0, 0, 0]],
    ['more than there is', of({ ...used, total_tokens: 1e300 }), [3, 2, 1e9]],
    ['words', of({ prompt_tokens: 'many', completion_tokens: {}, total_tokens: [] }), [0, 0, 0]],
    ['a list', of([3, 2]), [0, 0, 0]],
    ['beside the last piece', events({ ...say('so', 'stop'), usage: used }, DONE), [3, 2, 5]],
    ['at Groq’s place', events({ ...say('so', 'stop'), x_groq: { usage: used } }, DONE), [3, 2, 5]],
  ];
  for (const [name, says, counts] of rows) {
    test(name, async () => {
      const { text, usage } = await chat(says);
      assert.deepEqual([usage.prompt_tokens, usage.completion_tokens, usage.total_tokens], counts);
      assert.deepEqual([text, usage.cost], ['so', 0]);
    });
  }
});
