/** `hairem rotate`: it begins, tells how far it is, lives with its own token being changed, and says what keeps it. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { Clock } from '../../../orchestrator/src/domain/ports/ports.ts';
import type { RotationStatus } from '../../../orchestrator/src/domain/rotation.ts';
import { NOON } from '../../support/builders/registry-events.ts';
import { type ApiRig, apiRig, listening, TOKEN } from '../../support/harness/api-rig.ts';
import { hairem as runHairem } from '../../support/harness/cli-rig.ts';

let rig: ApiRig;
let url: string;
let folder: string;
beforeEach(async () => {
  rig = apiRig();
  url = await listening(rig);
  folder = await mkdtemp(join(tmpdir(), 'hairem-rotate-'));
  await writeFile(join(folder, 'token'), `${TOKEN}\n`);
});
afterEach(async () => {
  await rig.app.close();
  await rm(folder, { recursive: true });
});

const status = (change: Partial<RotationStatus>): RotationStatus => ({
  state: 'running',
  waitsFor: [],
  strangers: [],
  problem: null,
  ...change,
});

/** Half a second passes with each sleep; `then` are what the API says, one look after the other. */
function hairem(line: string, then: readonly (() => void)[] = []) {
  let sleeps = 0;
  const clock: Clock = {
    now: () => sleeps * 500,
    timestamp: () => NOON,
    async sleep() {
      then[sleeps]?.();
      sleeps += 1;
    },
  };
  return runHairem(url, line.split(' '), { env: { HAIREM_TOKEN: '', HAIREM_DATA_DIR: folder }, clock });
}
const shows = (change: Partial<RotationStatus>) => () => {
  rig.rotation.now = status(change);
};

test('it tells each agent that has its new credential, and the end', async () => {
  const waits = [
    { id: 'ada', because: 'its new instance is starting\u001b[2J' },
    { id: 'bob', because: 'it waits for its turn' },
  ];
  shows({ waitsFor: waits })();
  const { code, out, err } = await hairem('rotate', [
    shows({ waitsFor: waits }),
    shows({ waitsFor: waits.slice(1) }),
    shows({ problem: 'Redis did not answer', waitsFor: waits.slice(1) }),
    shows({ state: 'done', strangers: ['evil'] }),
  ]);
  assert.deepEqual([code, err, rig.rotation.begun], [0, '', 1]);
  assert.deepEqual(out.trimEnd().split('\n'), [
    'ada: its new instance is starting',
    'bob: it waits for its turn',
    'ada has its new credential',
    'it is tried again: Redis did not answer',
    'bob has its new credential',
    'Redis has users that hAIrem did not make: evil. `docker compose restart redis` ends them; messages of that moment are lost',
    'every credential is changed, and none of before is taken any more',
  ]);
});

test('its own token is changed meanwhile: it reads the next one', async () => {
  shows({})();
  const { code } = await hairem('rotate', [
    () => rig.token.change('tok-next'),
    () => void writeFile(join(folder, 'token'), 'tok-next\n'),
    ...Array.from({ length: 20 }, () => () => {}),
    shows({ state: 'done' }),
  ]);
  assert.equal(code, 0);
});

test('a token that stays wrong is an error, at once for the first call', async () => {
  shows({})();
  assert.equal((await hairem('rotate', [() => rig.token.change('tok-other')])).code, 5);
  assert.equal((await hairem('rotate')).code, 5);
});

test('nothing prepared: it says where to run it', async () => {
  const { code, err } = await hairem('rotate');
  assert.equal(code, 1);
  assert.match(err, /nothing is prepared/);
});

test('whoever keeps it is named after the time that was given, with what to do', async () => {
  shows({ waitsFor: [{ id: 'ada', because: 'secrets: KEY is missing' }] })();
  const { code, err } = await hairem('rotate --timeout 2');
  assert.equal(code, 1);
  assert.match(err, /^ada still has its old credential: secrets: KEY is missing$/m);
  assert.match(err, /`hairem stop ada` ends what keeps it, then run `\.\/hairem rotate` again/);
});

test('for programs: the last status alone', async () => {
  shows({})();
  const { out } = await hairem('rotate --json', [shows({ state: 'done' })]);
  assert.deepEqual(JSON.parse(out), { state: 'done', waits_for: [], strangers: [], problem: null });
});

test('doctor says that one has begun and has not ended, and why', async () => {
  assert.doesNotMatch((await hairem('doctor')).out, /credentials/);
  shows({ waitsFor: [{ id: 'ada', because: 'secrets: KEY is missing' }] })();
  const { code, out } = await hairem('doctor');
  assert.equal(code, 1);
  assert.match(
    out,
    /PROBLEM a change of all credentials .* \(ada: secrets: KEY is missing\)\n +→ run `\.\/hairem rotate` again/,
  );
  shows({ state: 'prepared' })();
  assert.match((await hairem('doctor')).out, /PROBLEM a change of all credentials has begun and has not ended\n/);
});
