/** The seal of what the orchestrator says, by the cases that both SDKs share; and what keeps serials growing. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { createControlSeal as createOpener } from '../../../agent-base-image/typescript/src/runtime/control-seal.ts';
import { createControlSeal, nextLife } from '../../../orchestrator/src/bus/control-seal.ts';

const FILE = new URL('../../../agent-base-image/contract/control-seal.json', import.meta.url);
const { key, after, steps } = JSON.parse(readFileSync(FILE, 'utf8')) as {
  key: string;
  after: number;
  steps: { why: string; channel: string; text: string; body: string | null }[];
};

test('contract/control-seal.json', () => {
  const seal = createOpener({ key, after });
  for (const { why, channel, text, body } of steps) assert.equal(seal.open(channel, text), body, why);
});

describe('what the orchestrator seals', () => {
  const keys = { current: 'c'.repeat(43), former: null };
  const openerOf = (given: string) => {
    const [key = '', after] = given.split('.');
    return createOpener({ key, after: Number(after) });
  };

  test('opens for the agent that it is said to, and for no other', () => {
    const seal = createControlSeal(keys, 5);
    const [electra, bob] = [openerOf(seal.keyFor('electra')), openerOf(seal.keyFor('bob'))];
    const text = JSON.stringify(seal.seal('ctl:electra', 'electra', { type: 'stop', inst: 1 }));
    assert.equal(bob.open('ctl:electra', text), null);
    assert.deepEqual(JSON.parse(electra.open('ctl:electra', text) ?? ''), {
      serial: 5 * 2 ** 20 + 1,
      type: 'stop',
      inst: 1,
    });
  });

  test('is still heard after a restart, and nothing of the life before is heard again', () => {
    const first = createControlSeal(keys, nextLife(0, 1_000_000));
    const opener = openerOf(first.keyFor('electra'));
    const say = (seal: typeof first) => JSON.stringify(seal.seal('ctl:electra', 'electra', { type: 'mark' }));
    const early = say(first);
    const second = createControlSeal(keys, nextLife(1_000, 1_000_000));
    assert.notEqual(opener.open('ctl:electra', say(second)), null);
    assert.equal(opener.open('ctl:electra', early), null);
  });

  test('a clock that goes back a day makes no life lower than the one before', () => {
    assert.equal(nextLife(1_700_000_000, 1_600_000_000_000), 1_700_000_001);
    assert.equal(nextLife(1_600_000_000, 1_700_000_000_999), 1_700_000_000);
  });

  test('the serials of a life stay whole numbers', () => {
    assert.ok(Number.isSafeInteger((nextLife(0, Date.parse('2150-01-01')) + 1) * 2 ** 20));
  });
});
