/** What the services tell of the store: culprits, what databases hold, and when the crew is degraded. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { DEFAULT_GRANT } from '../../../orchestrator/src/domain/grants.ts';
import type { StoreWords } from '../../../orchestrator/src/domain/messages/store-call.ts';
import { createStoreHealth } from '../../../orchestrator/src/reconcile/services/store-health.ts';

const MIB = 2 ** 20;
let said: string[];
let note: (words: Partial<StoreWords>) => void;

beforeEach(() => {
  said = [];
  const notes = createStoreHealth({
    grants: () => ({ ...DEFAULT_GRANT, databaseBytes: 100 * MIB }),
    emit(agent, fact) {
      if (fact.type === 'database') said.push(`${agent} holds ${fact.bytes / MIB}`);
      if (fact.type === 'warning') said.push(`${agent} warning ${fact.key}: ${fact.message}`);
    },
    report: (agent, kind, message) => void said.push(`${agent} ${kind}: ${message}`),
    system: (key, ok, because) => void said.push(`${key} ${ok ? 'ok' : 'not ok'}: ${because}`),
  });
  note = (words) => notes({ sizes: {}, deaths: [], troubles: [], restarts: null, ...words });
});
const heard = (words: Partial<StoreWords>) => {
  said = [];
  note(words);
  return said.join('\n');
};
const holds = (mib: number) => heard({ sizes: { eve: mib * MIB, '': MIB } });

describe('what the store says', () => {
  for (const [mib, expected] of [
    [0, /^eve holds 0$/],
    [79, /^eve holds 79$/],
    [80, /warning database: its memory holds 80 % of 100 MiB, above that nothing more is remembered: raise/],
    [100, /holds 100 % of 100 MiB, nothing more is remembered: .*raise `database` of eve in deploy\/grants\.yaml/],
    [130, /eve hog: its memory holds 100 % of 100 MiB/],
  ] as const) {
    test(`${mib} MiB of 100`, () => assert.match(holds(mib), expected));
  }

  test('less than 1 MiB more is no event, and a warning goes when something was forgotten', () => {
    holds(85);
    assert.equal(holds(85.9), '');
    assert.match(holds(40), /eve holds 40\neve warning database: null/);
  });

  test('one that stays full is reported once', () => {
    assert.match(holds(100), /hog/);
    assert.doesNotMatch(holds(103), /hog/);
  });

  test('a death is reported once, however often it is told', () => {
    const deaths = [{ id: '1', agent: 'eve', message: 'its database process ended (SIGSEGV)' }];
    assert.equal(heard({ deaths }), 'eve hog: its database process ended (SIGSEGV)');
    assert.equal(heard({ deaths }), '');
  });

  test('a trouble makes the crew degraded until it is over, and another one is named, too', () => {
    assert.match(heard({ troubles: ['eve: it ended 3 times'] }), /^store not ok: eve: it ended 3 times; `docker/);
    assert.equal(heard({ troubles: ['eve: it ended 3 times'] }), '');
    assert.match(heard({ troubles: ['eve: it ended 3 times', 'bob: it, too'] }), /store ok.*\nstore not ok: .*bob/);
    assert.match(heard({}), /^store ok/);
    assert.equal(heard({}), '');
  });
});
