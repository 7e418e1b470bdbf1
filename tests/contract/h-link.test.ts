/** contract/cases.json against the orchestrator's schema and the Node SDK's reader, and the drift of the generated schema. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { toMessage } from '../../agent-base-image/typescript/src/message.ts';
import { renderSchema, SCHEMA_FILE } from '../../orchestrator/src/domain/messages/generate-contract.ts';
import { envelope } from '../../orchestrator/src/domain/messages/h-link.ts';

interface Case {
  name: string;
  message: unknown;
}

const file = new URL('../../agent-base-image/contract/cases.json', import.meta.url);
const { valid, invalid } = JSON.parse(readFileSync(file, 'utf8')) as { valid: Case[]; invalid: Case[] };

describe('the envelope', () => {
  for (const { name, message } of valid) {
    test(`is valid: ${name}`, () => {
      const parsed = envelope.parse(message);
      const read = toMessage(message);
      assert.deepEqual(
        { ...read, metadata: { correlation_id: null, ...read?.metadata } },
        {
          ...parsed,
          metadata: { correlation_id: null, ...parsed.metadata },
        },
      );
    });
  }

  for (const { name, message } of invalid) {
    test(`is invalid: ${name}`, () => {
      assert.equal(envelope.safeParse(message).success, false, 'the schema accepts it');
      assert.equal(toMessage(message), null, 'the SDK accepts it');
    });
  }

  test('the generated schema is up to date (npm run generate)', () => {
    assert.equal(readFileSync(SCHEMA_FILE, 'utf8'), renderSchema());
  });
});
