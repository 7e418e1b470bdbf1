/** Providers as they are: what they say in ways of their own reaches an agent whole, is paid once and never asked again. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CALLS } from '../support/deviations/calls.ts';
import { ENDS } from '../support/deviations/ends.ts';
import { EXTRAS, NOTICES } from '../support/deviations/notices.ts';
import type { Deviation, Given } from '../support/deviations/said.ts';
import { THINKING } from '../support/deviations/thinking.ts';
import { WRITTEN } from '../support/deviations/written.ts';
import { asking, chat } from '../support/servers/raw-answers.ts';

/** Only what the row looks at. */
function seen(answer: Awaited<ReturnType<typeof chat>>, gives: Given): Given {
  const calls = answer.tool_calls.map((call): [string, string] => [call.function.name, call.function.arguments]);
  const { text, thinking, extra, finish_reason: finish } = answer;
  const all = { text, thinking, calls, extra, finish };
  return Object.fromEntries(Object.entries(all).filter(([name]) => name in gives)) as Given;
}

function table(what: string, rows: readonly Deviation[]): void {
  describe(what, () => {
    for (const { name, says, gives } of rows) {
      for (const stream of [true, false]) {
        test(`${name}${stream ? '' : ', where no stream was asked for'}`, async () => {
          const answer = await chat(says, { stream });
          const { notice, ...plain } = gives;
          assert.deepEqual(seen(answer, plain), plain);
          assert.equal(asking.heard.text, stream ? answer.text : '', 'what was streamed is what is said');
          if (notice) assert.match(String(answer.notice), notice);
          if (notice === null) assert.equal(answer.notice, null);
          const ids = answer.tool_calls.map(({ id }) => id);
          assert.equal(new Set(ids.filter(Boolean)).size, ids.length, `each call has an id of its own: ${ids}`);
          assert.deepEqual([asking.server.asked.length, asking.server.asked[0]?.body.stream ?? false], [1, stream]);
        });
      }
    }
  });
}

table('tool calls', CALLS);
table('tool calls that are written as text', WRITTEN);
table('thinking', THINKING);
table('the end of an answer', ENDS);
table('an answer that is not whole', NOTICES);
table('fields that nobody knows', EXTRAS);
