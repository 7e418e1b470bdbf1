/** However the bytes of an answer are cut on their way, it is the same answer: for each deviation that is known. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerIn } from '../../../orchestrator/src/services/llm/answer/answer-schema.ts';
import { hearAnswer, hearEnd, nothingSpoken } from '../../../orchestrator/src/services/llm/answer/assemble.ts';
import { valuesIn } from '../../../orchestrator/src/services/llm/answer/read-response.ts';
import { CALLS } from '../../support/deviations/calls.ts';
import { ENDS } from '../../support/deviations/ends.ts';
import { EXTRAS, NOTICES } from '../../support/deviations/notices.ts';
import { THINKING } from '../../support/deviations/thinking.ts';
import { WRITTEN } from '../../support/deviations/written.ts';
import { seeded } from '../../support/handover/random.ts';

async function* cut(bytes: Buffer, sizes: () => number) {
  for (let at = 0; at < bytes.length; ) {
    const end = at + sizes();
    yield bytes.subarray(at, end);
    at = end;
  }
}

async function heard(pieces: AsyncIterable<Buffer>) {
  const spoken = nothingSpoken({ tools: new Set(['a', 'b']), ids: new Set(), key: 'k' });
  let told = '';
  const tell = ({ text, isVoid }: ReturnType<typeof hearEnd>) => {
    told = (isVoid ? '' : told) + text;
  };
  for await (const value of valuesIn(pieces, 'here')) {
    if (value.type === 'done') break;
    tell(hearAnswer(spoken, answerIn(value.value, 'here')));
  }
  tell(hearEnd(spoken));
  assert.equal(told, spoken.text);
  const { text, thinking, finishReason, counted, extra } = spoken;
  return { text, thinking, finishReason, counted, extra: [...extra], calls: spoken.calls.said({ left: 1e6 }) };
}

for (const { name, says } of [...CALLS, ...THINKING, ...ENDS, ...NOTICES, ...EXTRAS, ...WRITTEN]) {
  test(name, async () => {
    const bytes = Buffer.concat(says.pieces.map((piece) => Buffer.from(piece)));
    const whole = await heard(cut(bytes, () => bytes.length));
    assert.deepEqual(await heard(cut(bytes, () => 1)), whole, 'byte by byte');
    for (let seed = 1; seed <= 8; seed += 1) {
      const { next } = seeded(seed);
      assert.deepEqual(await heard(cut(bytes, () => 1 + Math.floor(next() * seed * 7))), whole, `seed ${seed}`);
    }
  });
}
