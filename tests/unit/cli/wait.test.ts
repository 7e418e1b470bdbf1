/** `hairem wait`: what it waits for, what it does not wait for, and that it does wait. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { AgentFact } from '../../../orchestrator/src/domain/event.ts';
import type { Clock } from '../../../orchestrator/src/domain/ports/ports.ts';
import { active, desired, eventOf, NOON, PROBLEM } from '../../support/builders/registry-events.ts';
import { type ApiRig, apiRig, listening } from '../../support/harness/api-rig.ts';
import { hairem } from '../../support/harness/cli-rig.ts';

let rig: ApiRig;
let url: string;
beforeEach(async () => {
  rig = apiRig();
  url = await listening(rig);
});
afterEach(() => rig.app.close());

/** Half a second passes with each sleep, for the waiting command and for the server; `onSleep` may change the world. */
function passing(onSleep: (sleeps: number) => void = () => {}): Clock {
  let sleeps = 0;
  return {
    now: () => sleeps * 500,
    timestamp: () => NOON,
    async sleep() {
      sleeps += 1;
      rig.clock.advance(500);
      onSleep(sleeps);
    },
  };
}

const starting = (agent: string) => rig.registry.apply(eventOf(desired('h1'), { agent }));

test('it waits for an agent that comes, and says each as it becomes active', async () => {
  starting('renarde');
  const clock = passing(
    (sleeps) => sleeps === 30 && rig.registry.apply(eventOf(active('h1', 1), { agent: 'renarde' })),
  );
  const { code, out, err } = await hairem(url, ['wait'], { clock });
  assert.deepEqual([code, out, err], [0, 'echo is active\nrenarde is active\n', '']);
  assert.ok(clock.now() >= 15_000);
});

test('it does not trust a list that the orchestrator has just begun to make', async () => {
  const clock = passing((sleeps) => sleeps === 4 && starting('late'));
  const { code, err } = await hairem(url, ['wait', '--timeout', '10'], { clock });
  assert.equal(code, 1);
  assert.equal(err, 'late is not active: starting\n');
});

test('at the timeout it names what is missing, with the reason', async () => {
  starting('renarde');
  rig.registry.apply(
    eventOf(
      { type: 'backoff', because: 'setup threw', code: 'rejected', tries: 1, retry_at: NOON },
      { agent: 'renarde' },
    ),
  );
  const clock = passing();
  const { code, err } = await hairem(url, ['wait', '--timeout', '20'], { clock });
  assert.equal(code, 1);
  assert.equal(err, 'renarde is not active: backoff: setup threw\n');
  assert.ok(clock.now() >= 20_000 && clock.now() < 22_000);
});

test('what no waiting helps ends it early: invalid bundles are named and forgiven, refused versions are not', async () => {
  rig.registry.apply(eventOf({ type: 'invalid', problems: [PROBLEM] }, { agent: 'broken' }));
  starting('off');
  rig.registry.apply(eventOf({ type: 'stopped', because: 'user' }, { agent: 'off' }));
  const forgiven = await hairem(url, ['wait'], { clock: passing() });
  assert.equal(forgiven.code, 0);
  assert.match(forgiven.err, /^broken is not active: invalid: manifest.yaml:3:5 /);
  starting('bad');
  rig.registry.apply(
    eventOf({ type: 'failed', because: 'selfTest threw', code: 'rejected', log: [] }, { agent: 'bad' }),
  );
  const clock = passing();
  const refused = await hairem(url, ['wait', '--json'], { clock });
  assert.equal(refused.code, 1);
  assert.ok(clock.now() < 10_000);
  assert.deepEqual(JSON.parse(refused.out), {
    active: ['echo'],
    missing: [
      { id: 'bad', status: 'failed', reason: 'failed: selfTest threw' },
      {
        id: 'broken',
        status: 'invalid',
        reason: 'invalid: manifest.yaml:3:5 resources.memory: expected a size like 256m',
      },
    ],
    behind: [],
  });
});

test('a first version that fails again and again is not waited for until the end', async () => {
  starting('renarde');
  const failed = (tries: number) => {
    const because = 'start failed: logic.py must define a class Agent';
    rig.registry.apply(eventOf({ type: 'failed', because, code: 'rejected', log: [] }, { agent: 'renarde' }));
    const retry: AgentFact = { type: 'backoff', because, code: 'rejected', tries, retry_at: NOON };
    rig.registry.apply(eventOf(retry, { agent: 'renarde' }));
  };
  failed(1);
  const clock = passing((sleeps) => {
    const again: AgentFact = { type: 'starting', hash: 'h1', because: 'again' };
    if (sleeps === 20) rig.registry.apply(eventOf(again, { agent: 'renarde' }));
    if (sleeps === 24) failed(2);
  });
  const { code, err } = await hairem(url, ['wait'], { clock });
  assert.equal(code, 1);
  assert.equal(err, 'renarde is not active: backoff: start failed: logic.py must define a class Agent\n');
  assert.equal(clock.now(), 12_000);
});

test('another version of it is waited for', async () => {
  starting('renarde');
  const retry: AgentFact = { type: 'backoff', because: 'no', code: 'rejected', tries: 4, retry_at: NOON };
  rig.registry.apply(eventOf(retry, { agent: 'renarde' }));
  rig.registry.apply(eventOf(desired('h2'), { agent: 'renarde' }));
  const clock = passing(
    (sleeps) => sleeps === 30 && rig.registry.apply(eventOf(active('h2', 1), { agent: 'renarde' })),
  );
  assert.equal((await hairem(url, ['wait'], { clock })).code, 0);
  assert.equal(clock.now(), 15_000);
});

test('named agents must all be there and active', async () => {
  assert.equal((await hairem(url, ['wait', 'echo'], { clock: passing() })).code, 0);
  const unknown = await hairem(url, ['wait', 'echo', 'nobody', '--timeout', '5'], { clock: passing() });
  assert.deepEqual(
    [unknown.code, unknown.err],
    [1, 'nobody is not active: there is no agent of this id; `hairem ps` lists those that there are\n'],
  );
});

test('a named agent whose folder has just been copied is waited for', async () => {
  const clock = passing((sleeps) => {
    if (sleeps === 20) starting('late');
    if (sleeps === 30) rig.registry.apply(eventOf(active('h1', 1), { agent: 'late' }));
  });
  const { code, out } = await hairem(url, ['wait', 'late'], { clock });
  assert.deepEqual([code, out], [0, 'late is active\n']);
  assert.equal(clock.now(), 15_000);
});

test('an instance that does not answer is not active', async () => {
  rig.registry.apply(eventOf({ type: 'stale' }));
  const { code, err } = await hairem(url, ['wait', '--timeout', '5'], { clock: passing() });
  assert.deepEqual([code, err], [1, 'echo is not active: active, but no heartbeat for six seconds\n']);
});

test('an API that is not up yet is waited for', async () => {
  const clock = passing();
  const { code, err } = await hairem('http://127.0.0.1:1', ['wait', '--timeout', '5'], { clock });
  assert.equal(code, 4);
  assert.match(err, /did not answer in time/);
  assert.ok(clock.now() >= 5000);
});

test('an agent that runs is waited for until it runs what its folder asks for', async () => {
  rig.registry.apply(eventOf(desired('h2')));
  const clock = passing((sleeps) => sleeps === 30 && rig.registry.apply(eventOf(active('h2', 2))));
  const { code, out } = await hairem(url, ['wait', 'echo'], { clock });
  assert.deepEqual([code, out], [0, 'echo is active\n']);
  assert.ok(clock.now() >= 15_000);
});

test('at the deadline an update that is still under way is no success', async () => {
  rig.registry.apply(eventOf(desired('h2')));
  const { code, err } = await hairem(url, ['wait', 'echo', '--timeout', '20'], { clock: passing() });
  assert.deepEqual([code, err], [1, 'echo is active as h1, but its update to h2 is still under way\n']);
});
