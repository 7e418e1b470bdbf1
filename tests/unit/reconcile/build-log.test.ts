/** The last build's log: bounded, begun anew, gone once one succeeds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBuildLog } from '../../../orchestrator/src/reconcile/commands/build-log.ts';

const texts = (log: ReturnType<typeof createBuildLog>) => log.linesOf('echo').map(({ text }) => text);

test('it holds the last build, until one succeeds', () => {
  const log = createBuildLog(() => 'now');
  log.begin('echo');
  log.add('echo', 'one');
  log.begin('echo');
  log.add('echo', 'two');
  assert.deepEqual(log.linesOf('echo'), [{ at: 'now', stream: 'build', text: 'two' }]);
  assert.deepEqual(log.linesOf('other'), []);
  log.succeed('echo');
  assert.deepEqual(texts(log), []);
});

test('it is bounded: the newest lines stay', () => {
  const log = createBuildLog(() => 'now');
  for (let line = 1; line <= 600; line += 1) log.add('echo', String(line));
  assert.deepEqual([texts(log).length, texts(log).at(0), texts(log).at(-1)], [500, '101', '600']);
});
