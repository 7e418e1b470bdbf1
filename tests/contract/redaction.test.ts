/** contract/redaction.json against the orchestrator's and the Node SDK's spellings of a secret; Python's read it too. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { spellingsOf as inSdk } from '../../agent-base-image/typescript/src/runtime/spellings.ts';
import { spellingsOf } from '../../orchestrator/src/redact/encodings.ts';

const file = new URL('../../agent-base-image/contract/redaction.json', import.meta.url);
const cases = JSON.parse(readFileSync(file, 'utf8')) as { secret: string; spellings: string[] }[];

for (const { secret, spellings } of cases) {
  test(JSON.stringify(secret), () => {
    assert.deepEqual(spellingsOf(secret).sort(), spellings);
    assert.deepEqual(inSdk(secret).sort(), spellings);
  });
}
