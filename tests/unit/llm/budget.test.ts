/** What an agent may use in a day: refused before a call goes out, with what is under way counted. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { NO_USAGE } from '../../../orchestrator/src/domain/llm/language-model.ts';
import type { DayUsage, Ledger } from '../../../orchestrator/src/domain/ports/stores.ts';
import {
  type Budget,
  createBudget,
  type DayLimits,
  estimateOf,
  spentOn,
  usedBy,
} from '../../../orchestrator/src/services/llm/budget.ts';
import { fakeLedger } from '../../support/fakes/fake-ledger.ts';

const NONE: DayLimits = { tokensPerDay: null, costPerDay: null };
const TOKENS: DayLimits = { tokensPerDay: 1000, costPerDay: null };
const COST: DayLimits = { tokensPerDay: null, costPerDay: 1 };

let ledger: Ledger;
let today: Date;
let unwritten: unknown[];
let budget: Budget;

beforeEach(() => {
  ledger = fakeLedger();
  today = new Date('2026-11-26T23:59:00Z');
  unwritten = [];
  budget = make();
});
function make(defaults = NONE): Budget {
  return createBudget({ ledger, defaults, now: () => today, onUnwritten: (_agent, error) => unwritten.push(error) });
}
const wanting = (tokens: number, cost = 0): DayUsage => ({ tokens, cost });
const use = async (agent: string, used: DayUsage, limits = TOKENS) =>
  (await budget.reserve(agent, used, limits)).end(used);
const refused = (message: RegExp) => (error: unknown) =>
  error instanceof HairemError && error.code === 'refused' && message.test(error.message);

test('a call above the limit is refused with what was used, when it begins anew and the line to write', async () => {
  await use('electra', wanting(900));
  const refusal =
    /tokens_per_day.*900 of 1000 tokens, 0 more under way.*may take 101 tokens.*00:00 UTC.*deploy\/grants\.yaml.*electra: \{tokens_per_day: …\}/;
  await assert.rejects(budget.reserve('electra', wanting(101), TOKENS), refused(refusal));
  await use('electra', wanting(100));
  await use('other', wanting(1000));
});

test('so is one above the limit of cost, and at the limit also one whose price nobody knows', async () => {
  await use('electra', wanting(1, 0.9), COST);
  await assert.rejects(
    budget.reserve('electra', wanting(1, 0.2), COST),
    refused(/cost_per_day.*\$0\.9000 of \$1\.0000/),
  );
  await use('electra', wanting(1, 0.1), COST);
  await assert.rejects(budget.reserve('electra', wanting(1, 0), COST), refused(/cost_per_day/));
});

test('a limit of nothing is one', async () => {
  await assert.rejects(
    budget.reserve('electra', wanting(1), { tokensPerDay: 0, costPerDay: null }),
    refused(/0 tokens/),
  );
  await assert.rejects(budget.reserve('electra', wanting(0), { tokensPerDay: null, costPerDay: 0 }), refused(/cost/));
});

test('a hundred at once cannot take more together than the limit', async () => {
  const asked = Array.from({ length: 100 }, () => budget.reserve('electra', wanting(300), TOKENS));
  const ended = await Promise.allSettled(asked);
  assert.equal(ended.filter(({ status }) => status === 'fulfilled').length, 3);
});

test('what was reserved and not used is free again, once', async () => {
  const first = await budget.reserve('electra', wanting(1000), TOKENS);
  first.end(null);
  first.end(wanting(1000));
  const second = await budget.reserve('electra', wanting(1000), TOKENS);
  second.end(wanting(10));
  await use('electra', wanting(990));
  assert.deepEqual(budget.today('electra'), wanting(1000));
});

test('a day begins at midnight UTC, and a call counts on the day that it began', async () => {
  const late = await budget.reserve('electra', wanting(1000), TOKENS);
  today = new Date('2026-11-27T00:00:01Z');
  late.end(wanting(1000));
  await use('electra', wanting(1000));
  assert.deepEqual(await ledger.usedOn('electra', '2026-11-26'), wanting(1000));
  assert.deepEqual(await ledger.usedOn('electra', '2026-11-27'), wanting(1000));
});

test('what was used is remembered over a restart', async () => {
  await use('electra', wanting(900));
  budget = make();
  await assert.rejects(budget.reserve('electra', wanting(101), TOKENS), refused(/900 of 1000/));
});

test('the system’s limit is for those of whom the owner says nothing', async () => {
  budget = make({ tokensPerDay: 10, costPerDay: null });
  await assert.rejects(budget.reserve('electra', wanting(11), NONE), refused(/of 10 tokens/));
  (await budget.reserve('electra', wanting(11), TOKENS)).end(null);
});

test('a ledger that is away costs only those a call who have a limit', async () => {
  const away = () => Promise.reject(new HairemError('unavailable', 'no store'));
  ledger = { ...fakeLedger(), usedOn: away, spend: away };
  budget = make();
  const isAway = (error: unknown) => error instanceof HairemError && error.code === 'unavailable';
  await assert.rejects(budget.reserve('electra', wanting(1), TOKENS), isAway);
  (await budget.reserve('electra', wanting(1), NONE)).end(wanting(1));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(unwritten.length, 1);
});

describe('an estimate', () => {
  const PRICE = { input: 1_000_000, output: 2_000_000 };
  const prompt = 'x'.repeat(398); // 400 with its quotes

  test('is the prompt by its length, and the longest answer', () => {
    assert.deepEqual(estimateOf({ prompt, options: { max_tokens: 50 } }, null), wanting(150));
    assert.deepEqual(estimateOf({ prompt, options: { max_completion_tokens: 50, n: 3 } }, PRICE), wanting(250, 400));
    assert.deepEqual(estimateOf({ prompt, options: {} }, null), wanting(100 + 1024));
    assert.deepEqual(estimateOf({ prompt, options: null }, PRICE), wanting(100, 100));
    for (const odd of [-5, 0, Number.NaN, Number.POSITIVE_INFINITY, '50', null]) {
      assert.deepEqual(estimateOf({ prompt, options: { max_tokens: odd } }, null), wanting(100 + 1024));
    }
  });

  test('counts a picture as a picture, and not by its bytes', () => {
    const url = `data:image/png;base64,${'A'.repeat(1_000_000)}`;
    const { tokens } = estimateOf({ prompt: [{ type: 'image_url', image_url: { url } }], options: null }, null);
    assert.ok(tokens > 1_000 && tokens < 1_100, String(tokens));
  });

  test('stands in for a usage that a provider does not say', () => {
    const fallback = spentOn(prompt, 'x'.repeat(40), PRICE);
    assert.deepEqual(fallback, wanting(110, 120));
    assert.deepEqual(usedBy(NO_USAGE, fallback), fallback);
    assert.deepEqual(usedBy({ ...NO_USAGE, total_tokens: 7, cost: 0.5 }, fallback), wanting(7, 0.5));
    assert.deepEqual(usedBy({ ...NO_USAGE, cost: 0.5 }, fallback), wanting(110, 0.5));
  });
});
