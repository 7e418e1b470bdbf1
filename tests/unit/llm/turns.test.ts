/** Whose turn it is: no agent, no address and no crowd of calls of one takes those of the others. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { createTurns, type Turns } from '../../../orchestrator/src/services/llm/call-queue.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));
const never = new AbortController().signal;
const SYSTEM = { address: 'http://system/v1', isSystem: true };
const ELSEWHERE = { address: 'http://elsewhere/v1', isSystem: false };

let turns: Turns;
let begun: string[];
let ends: (() => void)[];

beforeEach(() => {
  turns = createTurns({ atOnce: 8 });
  [begun, ends] = [[], []];
});

/** Takes so many turns, and never gives one back by itself. */
async function take(agent: string, where: typeof SYSTEM, times = 1): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    turns.take({ agent, ...where }, never).then((end) => {
      begun.push(agent);
      ends.push(end);
    });
  }
  await settled();
}
const count = (agent: string) => begun.filter((one) => one === agent).length;

describe('one agent', () => {
  for (const [name, where] of [
    ['its own address', ELSEWHERE],
    ['the system’s', SYSTEM],
  ] as const) {
    test(`that hangs at ${name} leaves the system’s turns to the others`, async () => {
      await take('hog', where, 8);
      assert.equal(count('hog'), 2);
      await take('honest', SYSTEM, 2);
      assert.equal(count('honest'), 2);
    });
  }

  test('has as many turns as its limit at all addresses together', async () => {
    await take('hog', ELSEWHERE, 1);
    await take('hog', SYSTEM, 5);
    assert.equal(count('hog'), 2);
  });

  test('with a crowd of calls is served in turn with another that came later', async () => {
    turns = createTurns({ atOnce: 1 });
    await take('first', SYSTEM);
    await take('crowd', SYSTEM, 3);
    await take('late', SYSTEM, 2);
    for (let n = 0; n < 5; n += 1) {
      ends[n]?.();
      await settled();
    }
    assert.deepEqual(begun, ['first', 'crowd', 'late', 'crowd', 'late', 'crowd']);
  });

  test('that waits with more than 64 is told so', async () => {
    await take('hog', SYSTEM, 2 + 64);
    await assert.rejects(
      turns.take({ agent: 'hog', ...SYSTEM }, never),
      (error: unknown) => error instanceof HairemError && error.code === 'busy' && /64 calls/.test(error.message),
    );
    await take('honest', SYSTEM);
    assert.equal(count('honest'), 1);
  });
});

describe('many agents', () => {
  test('that hang at addresses of their own take no turn of the system’s', async () => {
    for (let n = 0; n < 10; n += 1) await take(`hog-${n}`, { address: `http://hog-${n}/v1`, isSystem: false }, 2);
    assert.equal(begun.length, 8, 'as many as the system has');
    await take('honest', SYSTEM, 2);
    assert.equal(count('honest'), 2);
  });

  test('that hang at one address leave others to those who go elsewhere', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await take(name, ELSEWHERE, 2);
    assert.equal(begun.length, 4);
    await take('honest', { address: 'http://third/v1', isSystem: false });
    assert.equal(count('honest'), 1);
  });
});

describe('a turn', () => {
  test('is given back once', async () => {
    turns = createTurns({ atOnce: 1 });
    const order: string[] = [];
    const first = await turns.take({ agent: 'a', ...SYSTEM }, never);
    for (const name of ['second', 'third']) {
      turns.take({ agent: name, ...SYSTEM }, never).then(() => order.push(name));
    }
    first();
    first();
    await settled();
    assert.deepEqual(order, ['second']);
  });

  test('is not kept by one that gave up while it waited', async () => {
    turns = createTurns({ atOnce: 1 });
    const turn = { agent: 'a', ...SYSTEM };
    const end = await turns.take(turn, never);
    const stop = new AbortController();
    const left = turns.take(turn, stop.signal);
    const next = turns.take({ ...turn, agent: 'b' }, never);
    stop.abort(new Error('gone'));
    await assert.rejects(left, /gone/);
    end();
    (await next)();
    (await turns.take(turn, never))();
    await assert.rejects(turns.take(turn, stop.signal), /gone/);
  });
});
