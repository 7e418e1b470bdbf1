/** An agent stays in its database: USE is seen wherever it is a statement, and looking for it takes no time. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mustStayInside } from '../../../orchestrator/src/adapters/surreal-inside.ts';

const REFUSED = [
  'USE DB bob; SELECT * FROM memory',
  'use\nnamespace x',
  "RETURN 'it''s fine'; USE NS x",
  "RETURN 'a \\' b'; USE NS x",
  '/* a comment */ USE DB x',
  '-- a comment\nUSE DB x',
  "RETURN 'never closed; USE NS x",
  '/* never closed USE NS x',
  '⟨never closed USE NS x',
];
const ALLOWED = [
  "RETURN 'USE NS x'",
  'RETURN "USE DB x \\" USE DB y"',
  '/* USE NS x */ RETURN 1',
  '-- USE NS x\nRETURN 1',
  'CREATE memory SET content = "how to use a database"',
  'RETURN `USE NS x`, ⟨USE NS x⟩',
];

describe('what agents ask of their database', () => {
  for (const surql of REFUSED)
    test(`is refused: ${JSON.stringify(surql)}`, () => assert.throws(() => mustStayInside(surql), { code: 'refused' }));
  for (const surql of ALLOWED) test(`is fine: ${JSON.stringify(surql)}`, () => mustStayInside(surql));

  for (const piece of ["'\\", '"\\', '/*a', '⟨', '`', "'", '\\']) {
    test(`costs next to nothing, though it is 256 KiB of ${piece}`, () => {
      const began = performance.now();
      mustStayInside(piece.repeat((256 * 1024) / piece.length));
      assert.ok(performance.now() - began < 500, `${performance.now() - began} ms`);
    });
  }
});
