/** Whose answers an instance believes: each service is heard on its own channel, and of nothing else (BUS.md, Channels). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createServiceLine } from '../../../agent-base-image/typescript/src/runtime/service-line.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

async function asking(service: string) {
  const ids: string[] = [];
  const publish = async (_channel: string, text: string) => ids.push(JSON.parse(text).id);
  const line = createServiceLine({ agent: 'ada', inst: 3, clock: steppedClock(), publish });
  const asked = line.request({ service, op: 'any', args: {} });
  await new Promise((resolve) => setImmediate(resolve));
  const say = (speaker: string, result: string) =>
    line.take(speaker, JSON.stringify({ type: 'reply', id: ids[0], run: 'r', seq: 0, ok: true, result }));
  return { asked, say, line };
}

const EVERYBODY = ['memory', 'llm', 'orchestrator', 'registry', 'history'];

for (const [service, speaker] of [
  ['memory', 'memory'],
  ['llm', 'llm'],
  ['registry', 'orchestrator'],
  ['anything', 'orchestrator'],
] as const) {
  test(`what is asked of ${service} is answered by ${speaker} alone`, async () => {
    const { asked, say } = await asking(service);
    for (const other of EVERYBODY) if (other !== speaker) assert.equal(say(other, 'forged'), false, other);
    assert.equal(say(speaker, 'true'), true);
    assert.equal(await asked, 'true');
  });
}

test('what is no answer is left to others', async () => {
  const { line } = await asking('memory');
  for (const text of ['{', '{"type":"welcome","id":"ada"}', '{"type":"reply","id":"x","ok":true,"result":1}', '7']) {
    assert.equal(line.take('memory', text), false, text);
  }
});
