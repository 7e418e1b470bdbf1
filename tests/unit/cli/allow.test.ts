/** `hairem allow`, and what ps and doctor say of an update that waits for it. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { eventOf, updateOf } from '../../support/builders/registry-events.ts';
import { type ApiRig, apiRig, listening } from '../../support/harness/api-rig.ts';
import { hairem as runHairem } from '../../support/harness/cli-rig.ts';

let rig: ApiRig;
let url: string;
beforeEach(async () => {
  rig = apiRig();
  url = await listening(rig);
});
afterEach(() => rig.app.close());

const hairem = (line: string) => runHairem(url, line.split(' '));

const WAITING = {
  hash: 'abc',
  because: 'waits for your word: it asks for more',
  asks: ['the internet\u001b[2J'],
  gives_up: ['a volume'],
};

test('allow shows the difference and accepts nothing that nobody said yes to', async () => {
  rig.control.waiting = WAITING;
  const shown = await hairem('allow echo');
  assert.equal(shown.code, 1);
  assert.deepEqual(shown.out.trimEnd().split('\n'), [
    'echo waits for your word: it asks for more',
    '  + the internet',
    '  - a volume',
  ]);
  assert.match(shown.err, /not accepted: `hairem allow echo --yes`/);
  assert.equal((await hairem('allow')).code, 0);
  assert.deepEqual(
    rig.control.calls.filter((call) => call.startsWith('allow ')),
    [],
  );
});

test('allow --yes accepts what it shows, and says when nothing waits', async () => {
  rig.control.waiting = WAITING;
  const { code, out } = await hairem('allow echo --yes');
  assert.deepEqual([code, rig.control.calls.at(-1)], [0, 'allow echo abc']);
  assert.match(out, /echo: accepted/);
  const json = await hairem('allow echo --yes --json');
  assert.deepEqual(JSON.parse(json.out), [{ id: 'echo', ...WAITING, accepted: true }]);
  rig.control.waiting = { hash: null, because: null, asks: [], gives_up: [] };
  assert.match((await hairem('allow echo --yes')).out, /^echo: nothing of it waits for your word\n$/);
  assert.match((await hairem('allow')).out, /^nothing waits for your word\n$/);
});

test('ps and doctor say which update waits for a word', async () => {
  const because = 'waits for your word: it asks for the internet; `hairem allow echo`';
  rig.registry.apply(eventOf({ type: 'warning', key: 'trust', message: because }));
  rig.registry.apply(eventOf({ type: 'update', update: updateOf({ result: 'held', because }) }));
  assert.match(
    (await hairem('ps')).out,
    /\necho: its update waits for your word: it asks for the internet; `hairem allow echo`\n$/,
  );
  const { code, out } = await hairem('doctor');
  assert.equal(code, 1);
  assert.match(out, /PROBLEM echo: its update waits for your word.*\n +→ hairem allow echo/);
});
