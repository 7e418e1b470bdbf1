/** What a skill is called with, as `contract/parameters.json` says; test_parameters.py does it for Python. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { JsonObject } from '../../../agent-base-image/typescript/src/agent-host.ts';
import { readParameters } from '../../../agent-base-image/typescript/src/narrator/parameters.ts';

interface Case {
  name: string;
  schema?: JsonObject;
  one?: JsonObject;
  given: JsonObject;
  read?: JsonObject;
  wrong?: string;
}

const file = new URL('../../../agent-base-image/contract/parameters.json', import.meta.url);
const contract = JSON.parse(readFileSync(file, 'utf8')) as { timer: JsonObject; cases: Case[] };

for (const { name, one, given, read, wrong, ...own } of contract.cases) {
  const schema = own.schema ?? (one ? { type: 'object', properties: { x: one } } : contract.timer);
  test(name, () => assert.deepEqual(readParameters(given, schema), read ?? wrong));
}

test('a number that a double cannot hold is no number any more', () => {
  const schema = { properties: { as_text: { type: 'string' }, as_number: { type: 'integer' } } };
  const digits = '1144027923840143361';
  assert.deepEqual(readParameters({ as_text: digits }, schema), { as_text: digits });
  assert.match(String(readParameters({ as_number: digits }, schema)), /as_number must be a whole number, not "1144/);
});
