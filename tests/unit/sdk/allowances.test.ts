/** How much one says to another and hears of it: the contract's numbers and cases, and that what is held back keeps its order. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Buckets, HEARD, SAID } from '../../../agent-base-image/typescript/src/runtime/allowances.ts';
import { Pace } from '../../../agent-base-image/typescript/src/runtime/pace.ts';
import { createServiceLine } from '../../../agent-base-image/typescript/src/runtime/service-line.ts';
import { AMONG_AGENTS, ASKING, BUDGETS } from '../../../orchestrator/src/bus/limits/sender-gauge.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

type Heard = [channel: string, at: number, characters: number, heard: boolean];
const contract = JSON.parse(
  readFileSync(new URL('../../../agent-base-image/contract/allowances.json', import.meta.url), 'utf8'),
);

describe('what is heard of one speaker', () => {
  test('the numbers are those of the contract, in both SDKs and in the core', () => {
    assert.deepEqual({ said: SAID, heard: HEARD }, { said: contract.said, heard: contract.heard });
    assert.deepEqual(AMONG_AGENTS['agent to one'], HEARD.agent, 'who loses messages is the one that is fenced');
    assert.deepEqual(BUDGETS.broadcast, HEARD.broadcast);
  });

  for (const { name, heard } of contract.cases as { name: string; heard: Heard[] }[])
    test(name, () => {
      const buckets = new Buckets(HEARD);
      const answers = heard.map(([channel, at, size]) => buckets.take(channel, size, at) === 0);
      assert.deepEqual(
        answers,
        heard.map(([, , , isHeard]) => isHeard),
      );
    });

  test('ten thousand speakers that said one word are forgotten, and one that is full is not', () => {
    const buckets = new Buckets(HEARD);
    for (let n = 0; n < 10_000; n += 1) buckets.take(`agent:electra:a${n}`, 1, 0);
    assert.equal(buckets.take('agent:electra:bob', 3 * 2 ** 20, 120_000), 0);
    assert.ok(buckets.take('agent:electra:bob', 1, 120_000) > 0);
  });
});

describe('what is said', () => {
  test('nothing of it is dropped by who hears it, though it stands still for a second and more', () => {
    for (const [kind, heard] of Object.entries({ ...HEARD, ...ASKING })) {
      const said = SAID[kind];
      assert.ok(said, kind);
      assert.ok(said.burstMessages + 2 * said.messagesPerSecond <= heard.burstMessages, kind);
      assert.ok(said.burstBytes + said.bytesPerSecond <= heard.burstBytes, kind);
    }
  });

  test('what is above it waits, in its order, and others do not', async () => {
    const clock = steppedClock();
    const pace = new Pace(clock);
    const said: number[] = [];
    for (let n = 0; n < 510; n += 1) {
      const wait = pace.turn('agent:bob:electra', 'x');
      if (wait) void wait.then(() => said.push(n));
    }
    assert.equal(pace.turn('agent:carol:electra', 'x'), null);
    await turn();
    assert.deepEqual(said, []);
    for (let ms = 0; ms < 100; ms += 1) {
      clock.advance(1);
      await turn();
    }
    assert.deepEqual(said, [500, 501, 502, 503, 504, 505, 506, 507, 508, 509]);
    assert.equal(pace.turn('agent:bob:electra', 'x'), null, 'nobody waits any more');
  });

  test('a message of the largest size goes out when nothing else did', () => {
    const pace = new Pace(steppedClock());
    assert.equal(pace.turn('agent:bob:electra', 'x'.repeat(2 ** 20)), null);
    assert.notEqual(pace.turn('agent:bob:electra', 'x'), null);
  });

  test('1,000 requests go out at once, and what is more in its order, later', async () => {
    const clock = steppedClock();
    const sent: string[] = [];
    const publish = async (_channel: string, text: string) => sent.push(JSON.parse(text).id);
    const line = createServiceLine({ agent: 'ada', inst: 3, clock, publish });
    const asked = Array.from({ length: 1_003 }, (_, n) =>
      line.request({ service: 'memory', op: 'recall', args: { n } }),
    );
    await turn();
    assert.equal(sent.length, 1_000);
    clock.advance(10);
    await turn();
    assert.equal(new Set(sent).size, 1_003);
    for (const id of sent) {
      const answer = { type: 'reply', ok: true, result: 1, id, run: '', seq: 0 };
      line.take('memory', JSON.stringify(answer));
    }
    assert.equal((await Promise.all(asked)).length, 1_003);
  });
});
