/** The id of a request (contract/request-ids.json): a message that is handled twice asks with the same one. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Cause } from '../../../agent-base-image/typescript/src/runtime/cause.ts';
import { requestIdFor } from '../../../agent-base-image/typescript/src/runtime/request-id.ts';
import { handling } from '../../support/builders/a-cause.ts';

const file = new URL('../../../agent-base-image/contract/request-ids.json', import.meta.url);
const cases: { sender: string; message: string; service: string; op: string; args: object; ids: string[] }[] =
  JSON.parse(readFileSync(file, 'utf8'));

for (const { sender, message, service, op, args, ids } of cases) {
  test(`is the contract’s for ${service}.${op} because of ${message}`, () => {
    const cause = handling({ id: message, from: sender });
    const made = ids.map(() => requestIdFor(cause, { service, op, args: args as Record<string, unknown> }));
    assert.deepEqual(made, ids);
  });
}

test('is another for each task and for setup()', () => {
  const task: Cause = { kind: 'task', signal: new AbortController().signal };
  const call = { service: 'memory', op: 'recall', args: {} };
  const made = [task, task, undefined, undefined].map((cause) => requestIdFor(cause, call));
  assert.equal(new Set(made).size, 4);
});
