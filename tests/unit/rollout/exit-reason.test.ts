/** What is said of an end: want of memory is named whenever the engine knows of it, and never made up. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Ending, exitReasonOf, knownByNow } from '../../../orchestrator/src/rollout/instances/exit-reason.ts';

const CASES: readonly { name: string; ending: Omit<Ending, 'inst'>; says: RegExp; not?: RegExp }[] = [
  { name: 'killed, and the engine says why', ending: { exitCode: 137, oomKilled: true }, says: /more memory.*\(OOM\)/ },
  { name: 'gone, and the engine says why', ending: { exitCode: null, oomKilled: true }, says: /more memory.*\(OOM\)/ },
  {
    name: 'killed, and the engine is mute',
    ending: { exitCode: 137, oomKilled: false },
    says: /137.*somebody.*\(OOM\)/,
  },
  { name: 'a child was killed before', ending: { exitCode: 1, oomKilled: true }, says: /exit code 1, after .*\(OOM\)/ },
  { name: 'its own doing', ending: { exitCode: 9, oomKilled: false }, says: /ended with exit code 9$/, not: /OOM/ },
  { name: 'nothing is known', ending: { exitCode: null, oomKilled: false }, says: /exit code unknown$/, not: /OOM/ },
];

describe('why it ended', () => {
  for (const { name, ending, says, not } of CASES) {
    test(name, () => {
      const text = exitReasonOf({ inst: 3, ...ending });
      assert.match(text, says);
      if (not) assert.doesNotMatch(text, not);
    });
  }
});

test('what the engine says a moment later replaces a guess, and nothing else', () => {
  const guess = exitReasonOf({ inst: 3, exitCode: 137, oomKilled: false });
  assert.match(knownByNow(guess, { inst: 3, oomKilled: true }), /used more memory/);
  assert.equal(knownByNow(guess, { inst: 3, oomKilled: false }), guess);
  assert.equal(knownByNow('it was silent', { inst: 3, oomKilled: true }), 'it was silent');
});
