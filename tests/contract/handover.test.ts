/** contract/handover.json: event sequences and the actions that every SDK's state machine must give (BUS.md, rule 18). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { play, type WrittenCase, type WrittenEvent } from '../support/handover/play-case.ts';

interface FileCase extends Omit<WrittenCase, 'events'> {
  rule: string;
  name: string;
  steps: { event: WrittenEvent; actions: Record<string, unknown>[] }[];
}

const file = new URL('../../agent-base-image/contract/handover.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: FileCase[] };

describe('the handover contract', () => {
  for (const { rule, name, steps, ...given } of cases) {
    test(`${rule}: ${name}`, () => {
      const played = play({ ...given, events: steps.map(({ event }) => event) });
      assert.deepEqual(JSON.parse(JSON.stringify(played)), steps);
    });
  }

  test('has a case for every rule that the state machine keeps', () => {
    const rules = new Set(cases.map(({ rule }) => rule));
    for (const rule of ['2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13'])
      assert.ok(rules.has(rule), rule);
  });
});
