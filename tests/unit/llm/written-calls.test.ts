/** What may be calls is held back and read once, however much a provider says of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWrittenCalls } from '../../../orchestrator/src/services/llm/answer/written-calls.ts';
import { assertLinear } from '../../support/builders/cost.ts';

const CALL = '<tool_call>{"name":"a","arguments":{"x":1}}</tool_call>';
const PAIR = '<arg_key>x</arg_key><arg_value>1</arg_value>';
const TEXTS: Readonly<Record<string, (size: number) => string>> = {
  'a bare call that goes on': (size) => `{"name":"a","arguments":{"x":"${'y'.repeat(size)}`,
  'white space': (size) => ' '.repeat(size),
  'many calls': (size) => CALL.repeat(size / 50),
  'many beginnings': (size) => '<tool_call>'.repeat(size / 10),
  'open objects': (size) => `<tool_call>${'{"a":'.repeat(size / 5)}`,
  'parameters that nobody ends': (size) => `<function=a>${'<parameter=x>'.repeat(size / 13)}`,
  backticks: (size) => '`'.repeat(size),
  'brackets behind a mark': (size) => `[TOOL_CALLS]${'['.repeat(size)}`,
  'keys and values behind which the tag is not closed': (size) => `<tool_call>a${PAIR.repeat(size / 42)}!`,
  'keys without values': (size) => `<tool_call>a${'<arg_key>x</arg_key>'.repeat(size / 20)}`,
  'a value that nobody ends': (size) => `<tool_call>a<arg_key>x</arg_key><arg_value>${'<arg_key>'.repeat(size / 9)}`,
  'a text of Python that goes on': (size) => `[a(x="${'\\"'.repeat(size / 2)}`,
  'a text of Python with escapes': (size) => `[a(x="${'\\"'.repeat(size / 2)}")]`,
  'lists of Python': (size) => `[a(x=${'['.repeat(size)}`,
  'many calls of Python': (size) => `[${'a(x=1), '.repeat(size / 8)}`,
  'arguments of Python': (size) => `[a(${'x=1, '.repeat(size / 5)}`,
  'a name that goes on': (size) => `[TOOL_CALLS]${'x'.repeat(size)}`,
};

for (const [name, make] of Object.entries(TEXTS)) {
  test(`is read once: ${name}`, () =>
    assertLinear((size) => {
      const written = createWrittenCalls(new Set(['a']));
      const text = make(size);
      let said = '';
      for (let at = 0; at < text.length; at += 64) said += written.hear(text.slice(at, at + 64));
      const { text: rest, calls } = written.end();
      if (calls.length === 0) assert.equal(said + rest, text);
    }, 40_000));
}

test('without tools nothing is held back', () => {
  const written = createWrittenCalls(new Set());
  assert.equal(written.hear(CALL), CALL);
  assert.deepEqual(written.end(), { text: '', calls: [] });
});
