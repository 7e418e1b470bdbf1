/** What agents may say in SurrealQL: each text that hides something is refused, and what only looks like it is fine. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkQuery } from '../../../orchestrator/src/surql/check-query.ts';
import { assertLinear } from '../../support/builders/cost.ts';
import { FINE_QUERIES, HOSTILE_QUERIES } from '../../support/builders/query-texts.ts';

describe('what agents ask of their database', () => {
  for (const surql of HOSTILE_QUERIES) {
    test(`is refused: ${JSON.stringify(surql.slice(0, 100))}`, () =>
      assert.throws(() => checkQuery(surql), { name: 'HairemError', code: /refused|bad_request|too_large/ }));
  }
  for (const surql of FINE_QUERIES) {
    test(`is fine: ${JSON.stringify(surql.slice(0, 100))}`, () => void checkQuery(surql));
  }

  test('a refusal names what was said, and what may be', () => {
    assert.throws(() => checkQuery('DEFINE ANALYZER x TOKENIZERS blank'), {
      code: 'refused',
      message: /^DEFINE ANALYZER is not for agents; a query may say SELECT, .*INFO FOR TABLE/,
    });
  });

  test('it is known what makes a database larger', () => {
    assert.deepEqual(
      ['SELECT * FROM a', 'DELETE memory', 'REMOVE TABLE a', 'CREATE a', 'RETURN (upsert a:1)'].map(
        (surql) => checkQuery(surql).grows,
      ),
      [false, false, false, true, true],
    );
  });

  for (const piece of ["'\\", '"\\', '/*a', '⟨', '`', "'", '\\', '(', 'r"', '--', '/', '$a', 'a::', '.a', 'repeat(']) {
    test(`costs no more than its length, though it is all ${piece}`, () =>
      assertLinear((size) => {
        try {
          checkQuery(piece.repeat(size / piece.length));
        } catch {} // that it is refused is not the point
      }, 4 * 1024));
  }
});
