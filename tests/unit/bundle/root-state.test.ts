/** When the agents folder is not to be believed: a pure judgement of one look. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBundleName, judgeRoot, type RootLook } from '../../../orchestrator/src/bundle/files/root-state.ts';

const LOOK: RootLook = { dev: 1, nlink: 3, isFolder: true, error: '', bundles: 2 };
const SEEN = { dev: 1, hadBundles: true };
const judge = (look: Partial<RootLook>, previous: typeof SEEN | null = SEEN) =>
  judgeRoot('/agents', { ...LOOK, ...look }, { previous, expectBundles: false });

const CASES: [string, Partial<RootLook>, RegExp | null, boolean][] = [
  ['as before', {}, null, false],
  ['gone', { dev: null, error: 'ENOENT' }, /is gone\. Nothing is changed/, false],
  ['unreadable', { dev: null, error: 'EACCES' }, /cannot be read \(EACCES\)/, false],
  ['a file', { isFolder: false }, /is not a folder/, false],
  ['empty', { bundles: 0 }, /is empty although it had bundles/, false],
  ['deleted under its mount', { bundles: 0, nlink: 0 }, /was replaced on the host/, true],
  ['on another device', { dev: 2 }, /is on another device/, false],
];

for (const [what, look, expected, restartNeeded] of CASES) {
  test(`the root is ${what}`, () => {
    const state = judge(look);
    if (expected === null) assert.equal(state.frozen, null);
    else assert.match(state.frozen ?? '', expected);
    assert.equal(state.restartNeeded, restartNeeded);
    assert.deepEqual(state.memory, SEEN, 'what is frozen is not forgotten');
  });
}

test('an empty root that never had a bundle is no fault', () => {
  assert.equal(judge({ bundles: 0 }, null).frozen, null);
});

test('which entries are bundles', () => {
  const names = ['echo', 'a_b', '.git', '_', '__', 'node_modules', '__pycache__', 'lost+found'];
  assert.deepEqual(names.filter(isBundleName), ['echo', 'a_b']);
});
