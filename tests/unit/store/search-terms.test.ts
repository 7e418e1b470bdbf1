/** Which words of a question are looked for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { searchWords } from '../../../orchestrator/src/store/surreal/search-terms.ts';

test('what every memory has is left out, in several languages', () => {
  assert.equal(searchWords('Where is the kettle?'), 'kettle');
  assert.equal(searchWords('Où est la bouilloire de la cuisine ?'), 'bouilloire cuisine');
  assert.equal(searchWords('Wo ist der Wasserkocher?'), 'wasserkocher');
});

test('a question of such words alone is asked as it is', () => {
  assert.equal(searchWords('what is it'), 'what is it');
});

test('words are cut and folded as the index has them, each once', () => {
  assert.equal(searchWords('CAFÉ café, room12 "Ångström"'), 'angstrom cafe room 12');
});

test('of a long question the long words count', () => {
  const words = Array.from({ length: 40 }, (_, n) => 'x'.repeat(n + 2));
  assert.equal(searchWords(words.join(' ')).split(' ').length, 16);
  assert.ok(searchWords(words.join(' ')).startsWith('x'.repeat(41)));
});

test('what has no word finds nothing and is no error', () => {
  assert.equal(searchWords('?! …'), '');
});
