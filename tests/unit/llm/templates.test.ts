/** Models that think before anybody opened a tag: known by name or from their first answer, and held back from then on. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTemplates } from '../../../orchestrator/src/services/llm/answer/templates.ts';
import { createSplitter } from '../../../orchestrator/src/services/llm/answer/thinking.ts';

const AT = 'http://nas:11434/v1 ';

for (const [model, isHeld] of [
  ['deepseek-r1:8b', true],
  ['deepseek/deepseek-r1-distill-qwen-7b', true],
  ['DeepSeek-R1', true],
  ['qwq:32b', true],
  ['Qwen/Qwen3-4B-Thinking-2507', true],
  ['deepseek-reasoner', true],
  ['qwen3:8b', false],
  ['r1x', false],
  ['mistral-small', false],
] as const) {
  test(`${model} is ${isHeld ? '' : 'not '}known by its name`, () => {
    assert.equal(createTemplates().isHeld(AT + model), isHeld);
  });
}

test('others are known once they have shown it, at their address', () => {
  const templates = createTemplates();
  templates.learn(`${AT}own`);
  assert.deepEqual([`${AT}own`, 'http://other/v1 own'].map(templates.isHeld), [true, false]);
  for (let n = 0; n < 256; n += 1) templates.learn(`${AT}${n}`);
  assert.deepEqual([`${AT}own`, `${AT}255`].map(templates.isHeld), [false, true], 'the oldest is forgotten');
});

describe('what is held back', () => {
  const rows: [name: string, pieces: string[], text: string, thinking: string][] = [
    ['is thinking up to the closing tag', ['hm', 'm </th', 'ink>\n\nhel', 'lo'], 'hello', 'hmm '],
    ['is text after all where none comes', ['hel', 'lo'], 'hello', ''],
    ['is what it says where a tag opens it', ['<thi', 'nk>hmm</think>hello'], 'hello', 'hmm'],
    ['is text where the closing tag is code', ['ends `</thi', 'nk>`'], 'ends `</think>`', ''],
    ['is text where a tag opens behind it', ['say <think>x</think>'], 'say <think>x</think>', ''],
    ['is what its channels say', ['<|channel|>final<|mess', 'age|>hello'], 'hello', ''],
    ['is nothing where nothing comes', [], '', ''],
  ];
  for (const [name, pieces, text, thinking] of rows) {
    for (const list of [pieces, [...pieces.join('')]]) {
      test(`${name} (${list.length} pieces)`, () => {
        const splitter = createSplitter(true);
        const heard = [...list.map((piece) => splitter.hear(piece)), splitter.end()];
        const of = (kind: string) => heard.flatMap(({ parts }) => parts).filter((part) => part.kind === kind);
        assert.deepEqual(
          [of('text'), of('thinking')].map((all) => all.map((part) => part.text).join('')),
          [text, thinking],
        );
        assert.ok(
          heard.every(({ isVoid }) => !isVoid),
          'nothing was said that is taken back',
        );
      });
    }
  }
});
