/** What a bundle's warnings say is seen by whoever looks at the crew, not only by who validates. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { desired, eventOf, PROBLEM } from '../../support/builders/registry-events.ts';
import { type ApiRig, apiRig, listening } from '../../support/harness/api-rig.ts';
import { hairem } from '../../support/harness/cli-rig.ts';

let rig: ApiRig;
let url: string;
beforeEach(async () => {
  rig = apiRig();
  url = await listening(rig);
});
afterEach(() => rig.app.close());

const unread = (file: string) =>
  ({ ...PROBLEM, severity: 'warning', file, line: null, column: null, path: '', message: 'is not read' }) as const;

test('ps, doctor and the record have the warnings of a bundle; many are summed up', async () => {
  rig.registry.apply(eventOf(desired('h1', { warnings: [unread('yarn.lock')] })));
  assert.match((await hairem(url, ['ps'])).out, /^echo: warning: yarn\.lock is not read$/m);
  assert.match((await hairem(url, ['doctor'])).out, /note: echo: bundle: yarn\.lock is not read/);
  assert.match((await hairem(url, ['ps', '--json'])).out, /yarn\.lock is not read/);
  const many = ['a.lock', 'b.lock', 'c.lock', 'd.lock', 'e.lock'].map(unread);
  rig.registry.apply(eventOf(desired('h1', { warnings: many })));
  const { out } = await hairem(url, ['ps']);
  assert.match(out, /^echo: warning: c\.lock is not read\necho: 2 more warnings: `hairem validate echo`$/m);
  assert.doesNotMatch(out, /d\.lock/);
});
