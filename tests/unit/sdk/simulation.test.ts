/** Random histories of an agent over several instances: whatever dies when, nothing is lost, doubled or reordered. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Account, type HistoryOptions, runHistory } from '../../support/handover/sim-history.ts';

const ORDINARY: HistoryOptions = {
  seed: 0,
  messages: 300,
  followers: 1,
  swaps: 0.1,
  deaths: 0,
  poison: 0,
  asks: 0.2,
  stuck: 0.01,
};

/** Each history is told apart by its seed: a failure names the one to play again. */
function histories(count: number, options: Partial<HistoryOptions>, check: (account: Account) => void): Account[] {
  return Array.from({ length: count }, (_, index) => {
    const seed = index + 1;
    const account = runHistory({ ...ORDINARY, ...options, seed });
    const { lost, duplicated, reordered, abandonedInnocent } = account;
    assert.deepEqual(
      { seed, lost, duplicated, reordered, abandonedInnocent },
      {
        seed,
        lost: [],
        duplicated: [],
        reordered: [],
        abandonedInnocent: [],
      },
    );
    check(account);
    return account;
  });
}

const sum = (accounts: readonly Account[], pick: (account: Account) => number) =>
  accounts.reduce((total, account) => total + pick(account), 0);

describe('random histories', () => {
  test('swaps alone redeliver nothing but what was cancelled', () => {
    const accounts = histories(20, { stuck: 0 }, ({ redelivered, cancels }) => {
      if (cancels === 0) assert.equal(redelivered, 0);
    });
    assert.ok(sum(accounts, ({ swaps }) => swaps) > 100);
  });

  test('instances die at any moment while another could take over', () => {
    const accounts = histories(60, { deaths: 0.002 }, () => {});
    assert.ok(sum(accounts, ({ deaths }) => deaths) > 200);
    assert.ok(sum(accounts, ({ swaps }) => swaps) > 200);
    assert.ok(sum(accounts, ({ cancels }) => cancels) > 10);
  });

  test('several die one after the other, heirs included', () => {
    const accounts = histories(40, { deaths: 0.004, followers: 3 }, () => {});
    assert.ok(sum(accounts, ({ deaths }) => deaths) > 400);
  });

  test('a message that kills whoever runs it is abandoned at the third death, and no other ever is', () => {
    const accounts = histories(40, { poison: 0.02, followers: 4, swaps: 0, stuck: 0, asks: 0.1 }, (account) => {
      assert.equal(account.deaths, 3 * account.abandoned);
    });
    assert.ok(sum(accounts, ({ abandoned }) => abandoned) > 20);
  });
});
