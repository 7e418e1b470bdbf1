/** Whose an image is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LABEL } from '../../../orchestrator/src/domain/labels.ts';
import { isOurImage } from '../../../orchestrator/src/gate/scope.ts';
import { INSTALL, labelsOf, scope } from './stand-in.ts';

test('an image is ours by its label; bases and dependencies without an owner are everybody\u2019s', () => {
  const kind = (name: string) => ({ [LABEL.kind]: name });
  assert.ok(isOurImage(labelsOf(INSTALL, kind('bundle')), scope));
  assert.ok(isOurImage(kind('base'), scope));
  assert.ok(isOurImage(kind('deps'), scope));
  assert.ok(!isOurImage(labelsOf('99999999', kind('bundle')), scope));
  assert.ok(!isOurImage(labelsOf('99999999', kind('deps')), scope));
  assert.ok(!isOurImage(kind('bundle'), scope));
  assert.ok(!isOurImage({}, scope));
});
