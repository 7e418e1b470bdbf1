/** Of one asker's open questions the oldest is forgotten, and no other asker's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOpenQuestions, MOST_OPEN } from '../../../orchestrator/src/reconcile/services/open-questions.ts';

test('one that asks on and on displaces its own questions alone', () => {
  const open = createOpenQuestions();
  open.asked({ asker: 'bob', id: '1.ask-0' }, 'ada');
  for (let n = 0; n < 2 * MOST_OPEN; n += 1) open.asked({ asker: 'wolf', id: `1.ask-${n}` }, 'ada');
  const taken = open.take('ada');
  assert.equal(taken.length, MOST_OPEN + 1);
  assert.deepEqual(taken[0], { asker: 'bob', id: '1.ask-0' });
  assert.deepEqual(taken[1], { asker: 'wolf', id: `1.ask-${MOST_OPEN}` });
  assert.deepEqual(open.take('ada'), []);
});
