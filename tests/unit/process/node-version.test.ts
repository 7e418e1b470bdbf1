/** Which Node is below the floor. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBelowFloor } from '../../../orchestrator/src/process/node-version.ts';

test('versions are compared by their numbers', () => {
  for (const version of ['24.22.0', 'v24.9.9', 'v22.99.99', '24.0.0', 'v24.3.10'])
    assert.ok(isBelowFloor(version, '24.22.1'), version);
  for (const version of ['24.22.1', 'v24.22.2', 'v24.100.0', 'v25.0.0', 'v26.0.0'])
    assert.ok(!isBelowFloor(version, '24.22.1'), version);
});
