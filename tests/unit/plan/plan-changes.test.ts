/** The planner, case by case: each test is a picture of one decision. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEW_STORED_AGENT } from '../../../orchestrator/src/domain/stored-agent.ts';
import type { AgentView } from '../../../orchestrator/src/plan/agent-view.ts';
import { planAgent } from '../../../orchestrator/src/plan/plan-changes.ts';
import { renderStep } from '../../../orchestrator/src/plan/render-plan.ts';
import { container, image, live, nothing, running, valid, version } from './views.ts';

const A = version('a');
const B = version('b');

function plan(view: AgentView, now = 1000): string | null {
  const step = planAgent(view, { now, removeHoldMs: 3000 });
  return step && renderStep(step);
}

test('a new bundle is built, then started', () => {
  assert.equal(plan(nothing({ desired: valid(A) })), 'echo: build hash-a, because a new bundle');
  assert.equal(plan(nothing({ desired: valid(A), images: [image(A)] })), 'echo: start hash-a, because a new bundle');
});

test('what runs as it should is left alone', () => {
  assert.equal(plan(running(A)), null);
});

test('changed code is built, then swapped', () => {
  const view = running(A, { desired: valid(B) });
  assert.equal(plan(view), 'echo: build hash-b, because code or sandbox changed');
  const built = { ...view, images: [image(A), image(B)] };
  assert.equal(plan(built), 'echo: swap to hash-b (code lane), because code or sandbox changed');
});

test('changed dependencies are the deps lane, a changed sandbox alone needs no build', () => {
  const deps = version('c', { depsHash: 'other' });
  assert.match(plan(running(A, { desired: valid(deps), images: [image(A), image(deps)] })) ?? '', /deps lane/);
  const spec = version('a', { hash: 'hash-s', specHash: 'other' });
  assert.match(plan(running(A, { desired: valid(spec) })) ?? '', /swap to hash-s \(code lane\)/);
});

test('changed soft parts are the live lane; refused, the code lane', () => {
  const soft = version('a', { hash: 'hash-soft', softHash: 'other' });
  const view = running(A, { desired: valid(soft) });
  assert.equal(plan(view), 'echo: configure hash-soft, because persona or soft config changed');
  const owner = { ...live(1, A), refusedHash: 'hash-soft' };
  assert.match(plan({ ...view, live: { ...view.live, owner } }) ?? '', /swap to hash-soft \(code lane\)/);
});

test('tasks that only a fresh instance can begin again are given one', () => {
  const view = running(A);
  const owner = { ...live(1, A), hindered: ['poll', 'watch'] };
  const because = 'because only a fresh instance can begin again: poll, watch';
  assert.equal(plan({ ...view, live: { ...view.live, owner } }), `echo: swap to hash-a (restart lane), ${because}`);
});

test('an instance whose credential was changed is swapped for one of the same version, whatever else holds it back', () => {
  const because = 'because every credential is changed';
  const swapTo = (hash: string) => `echo: swap to ${hash} (restart lane), ${because}`;
  const view = running(A, { expired: 1 });
  assert.equal(plan(view), swapTo('hash-a'));
  assert.equal(plan({ ...view, live: { ...view.live, owner: live(2, A) } }), null);
  const images = [image(A), image(B)];
  // A version that failed is not tried again for it, a rollback stays, what waits for a word waits.
  const condemned = { hash: 'hash-b', because: 'it failed' };
  assert.equal(plan({ ...view, desired: valid(B), images, stored: { ...view.stored, condemned } }), swapTo('hash-a'));
  const intent = { kind: 'rollback', from: 'hash-b', to: A } as const;
  assert.equal(plan({ ...view, desired: valid(B), images, stored: { ...view.stored, intent } }), swapTo('hash-a'));
  const hold = { version: 'hash-b', because: 'it asks for more' };
  assert.equal(plan({ ...view, desired: valid(B), images, hold }), swapTo('hash-a'));
  // After a failure it is tried again in its time, and one that nobody wants is ended.
  assert.equal(plan({ ...view, notBefore: 2000 }), null);
  assert.equal(plan({ ...view, notBefore: 2000 }, 2000), swapTo('hash-a'));
  const stopped = { ...view, stored: { ...view.stored, intent: { kind: 'stopped' } as const } };
  assert.match(plan(stopped) ?? '', /stop/);
});

test('stop-first is replaced, not swapped', () => {
  const stopFirst = version('b', { update: { ...B.update, strategy: 'stop-first' } });
  const view = running(A, { desired: valid(stopFirst), images: [image(A), image(stopFirst)] });
  assert.match(plan(view) ?? '', /replace to hash-b/);
});

test('an invalid or settling bundle keeps what runs, and starts it again after a crash', () => {
  for (const kind of ['invalid', 'settling'] as const) {
    const desired = { kind, id: 'echo', folder: 'echo', problems: [] };
    assert.equal(plan(running(A, { desired })), null);
    const crashed = running(A, { desired, containers: [], live: nothing().live });
    assert.equal(plan(crashed), 'echo: start hash-a, because no instance is running');
  }
});

test('a new bundle that is invalid or settling starts nothing', () => {
  assert.equal(plan(nothing({ desired: { kind: 'invalid', id: 'echo', folder: 'echo', problems: [] } })), null);
});

test('a version that was reverted is not tried again, until a user asks', () => {
  const stored = { ...NEW_STORED_AGENT, running: A, condemned: { hash: B.hash, because: 'it crashed' } };
  const view = running(A, { desired: valid(B), stored, images: [image(A), image(B)] });
  assert.equal(plan(view), null);
  assert.match(plan({ ...view, request: 'reload' }) ?? '', /swap to hash-b/);
});

test('nor while its revert is still under way, when it stands as what runs', () => {
  const stored = { ...NEW_STORED_AGENT, running: B, lastGood: A, condemned: { hash: B.hash, because: 'it crashed' } };
  assert.equal(plan(running(A, { desired: valid(B), stored, images: [image(A), image(B)] })), null);
});

test('after a failure it waits until the time has come', () => {
  const view = running(A, { desired: valid(B), images: [image(A), image(B)], notBefore: 5000 });
  assert.equal(plan(view, 4999), null);
  assert.match(plan(view, 5000) ?? '', /swap/);
});

test('a removed bundle is stopped after the hold, then all of it goes', () => {
  const view = running(A, { desired: null, goneSince: 1000 });
  assert.equal(plan(view, 3999), null);
  assert.equal(plan(view, 4000), 'echo: stop (removed), because the bundle was removed');
  const stopped = { ...view, containers: [], live: nothing().live };
  assert.match(plan(stopped, 4000) ?? '', /^echo: forget hairem\/agent-echo:image-a/);
  assert.equal(plan({ ...stopped, images: [], networks: [] }, 4000), null);
});

test('frozen, nothing is stopped', () => {
  assert.equal(plan(running(A, { desired: null, goneSince: 0, frozen: true }), 1e9), null);
});

test("a user's stop holds, also for a changed bundle and after a crash", () => {
  const stored = { ...NEW_STORED_AGENT, running: A, intent: { kind: 'stopped' } as const };
  assert.equal(plan(running(A, { stored })), 'echo: stop (stopped), because stopped by a user');
  assert.equal(plan(nothing({ stored, desired: valid(B), images: [image(B)] })), null);
});

test('enabled: false stops what runs and starts nothing', () => {
  assert.equal(
    plan(running(A, { desired: valid(A, false) })),
    'echo: stop (disabled), because the manifest says enabled: false',
  );
  assert.equal(plan(nothing({ desired: valid(A, false) })), null);
});

test('a rollback goes to the version that it names, until the bundle changes', () => {
  const stored = {
    ...NEW_STORED_AGENT,
    running: B,
    lastGood: A,
    intent: { kind: 'rollback', from: B.hash, to: A } as const,
  };
  const view = running(B, { stored, images: [image(A), image(B)] });
  assert.match(plan(view) ?? '', /swap to hash-a/);
});

test('running strangers are adopted and dead ones removed, before anything else', () => {
  const strangers = nothing({ desired: valid(B), containers: [container(3, A), container(4, B, 'exited')] });
  assert.equal(plan(strangers), 'echo: adopt hairem-test-echo-3, because found running: instance 3');
  const dead = running(A, { containers: [container(1, A), container(2, B, 'created')] });
  assert.equal(plan(dead), 'echo: remove hairem-test-echo-2, because left over: instance 2');
});

test('the spare is retired when its window is over', () => {
  const view = running(B, { containers: [container(1, A), container(2, B)] });
  const inWindow = { ...view, live: { owner: live(2, B), spare: 1, windowEnds: 9000, known: new Set([1, 2]) } };
  assert.equal(plan(inWindow, 8999), null);
  assert.equal(
    plan(inWindow, 9000),
    'echo: retire the spare, because the monitor window is over, instance 1 is not needed',
  );
});

test('clean-up keeps what runs, what was good and what is wanted, and waits for the window', () => {
  const [c, d] = [version('c'), version('d')];
  const stored = { ...NEW_STORED_AGENT, running: B, lastGood: A };
  const view = running(B, { stored, desired: valid(B), images: [image(A), image(B), image(c), image(d)] });
  assert.equal(
    plan(view),
    'echo: prune hairem/agent-echo:image-c hairem/agent-echo:image-d, because no version needs them any more',
  );
  assert.equal(plan({ ...view, live: { ...view.live, windowEnds: 9000, spare: 7 } }), null);
});

test('Redis that lost the network of a running agent is attached again', () => {
  assert.equal(
    plan(running(A, { redisNetworks: [] })),
    'echo: attach hash-a, because Redis is not on the network of the agent',
  );
});

test('a restart by a user is a hand-over to the same version', () => {
  assert.equal(
    plan(running(A, { request: 'restart' })),
    'echo: swap to hash-a (restart lane), because a user asked for a restart',
  );
});

test('another reach is another network: attached before the swap, the old one goes after the window', () => {
  const out = version('o', { imageHash: 'image-a', specHash: 'out', spec: { ...A.spec, egress: 'internet' } });
  const view = running(A, { desired: valid(out) });
  assert.equal(plan(view), 'echo: attach hash-o, because Redis is not on the network of the agent');
  const networks = [
    ...view.networks,
    { id: 'm', name: 'net.out', agent: 'echo', egress: 'internet', subnets: [] } as const,
  ];
  const attached = { ...view, networks, redisNetworks: ['hairem-test-echo', 'net.out'] };
  assert.match(plan(attached) ?? '', /swap to hash-o/);
  const after = running(out, { networks, redisNetworks: attached.redisNetworks });
  assert.equal(plan(after), 'echo: prune hairem-test-echo, because no version needs them any more');
});

const LACKS = 'the secret HA_TOKEN is missing: looked for the variable ECHO_HA_TOKEN (not set)';

function secrets(of: Readonly<Record<string, { hash?: string; missing?: readonly string[] }>>): AgentView['secrets'] {
  const none = { hash: '', missing: [], secrets: [], notes: [] };
  return new Map(Object.entries(of).map(([hash, state]) => [hash, { ...none, ...state }]));
}

test('without a secret that it needs nothing is built or started, and the plan says why', () => {
  const lacking = secrets({ 'hash-a': { missing: [LACKS] } });
  assert.equal(plan(nothing({ desired: valid(A), secrets: lacking })), `echo: block hash-a, because ${LACKS}`);
  assert.match(
    plan(nothing({ desired: valid(A), secrets: secrets({ 'hash-a': { hash: 'x' } }) })) ?? '',
    /build hash-a/,
  );
});

test('who runs goes on when a secret goes missing, and is started again without the version that lacks one', () => {
  assert.equal(plan(running(A, { secrets: secrets({ 'hash-a': { missing: [LACKS] } }) })), null);
  const lacking = secrets({ 'hash-b': { missing: [LACKS] } });
  const view = running(A, { desired: valid(B), images: [image(A), image(B)], secrets: lacking });
  assert.equal(plan(view), null);
  const crashed = { ...view, containers: [], live: nothing().live };
  assert.equal(plan(crashed), 'echo: start hash-a, because no instance is running');
});

test('a changed secret is a new instance of the same image', () => {
  const view = running(A, { secrets: secrets({ 'hash-a': { hash: 'new' } }) });
  assert.equal(plan(view), 'echo: swap to hash-a (restart lane), because a secret changed');
  const owner = { ...live(1, A), secretsHash: 'new' };
  assert.equal(plan({ ...view, live: { ...view.live, owner } }), null);
});

test('secrets with which it failed are not given to it again, others are', () => {
  const bad = { hash: A.hash, secrets: 'bad', scope: 'secrets', because: 'wrong token' } as const;
  const stored = { ...NEW_STORED_AGENT, running: A, lastGood: B, condemned: bad };
  const having = (hash: string) => running(A, { stored, secrets: secrets({ 'hash-a': { hash } }) });
  assert.equal(plan(having('bad')), null);
  assert.match(plan(having('good')) ?? '', /swap to hash-a/);
  const crashed = { ...having('bad'), containers: [], live: nothing().live };
  assert.equal(plan(crashed), 'echo: start hash-a, because no instance is running');
});

test('a version that was reverted is tried again with other secrets', () => {
  const bad = { hash: B.hash, secrets: 'bad', scope: 'version', because: 'wrong token' } as const;
  const stored = { ...NEW_STORED_AGENT, running: A, condemned: bad };
  const images = [image(A), image(B)];
  const having = (hash: string) =>
    running(A, { desired: valid(B), stored, images, secrets: secrets({ 'hash-b': { hash } }) });
  assert.equal(plan(having('bad')), null);
  assert.match(plan(having('good')) ?? '', /swap to hash-b/);
});

const WAITS = 'waits for your word: it asks for more';
const held = { version: B.hash, because: WAITS };

test('a version that waits for a word is neither built nor started, and what runs goes on', () => {
  const images = [image(A), image(B)];
  assert.equal(plan(running(A, { desired: valid(B), hold: held })), null);
  assert.equal(plan(running(A, { desired: valid(B), hold: held, images })), null);
  const crashed = { ...running(A, { desired: valid(B), hold: held, images }), containers: [], live: nothing().live };
  assert.equal(plan(crashed), 'echo: start hash-a, because no instance is running');
  assert.match(plan(running(A, { desired: valid(B), images })) ?? '', /swap to hash-b/);
});

test('a live update waits as any other', () => {
  const soft = version('a', { hash: 'hash-soft', softHash: 'other' });
  const hold = { version: soft.hash, because: WAITS };
  assert.equal(plan(running(A, { desired: valid(soft), hold })), null);
  assert.match(plan(running(A, { desired: valid(soft) })) ?? '', /configure/);
  const unknown = running(A, { desired: valid(soft), hold, stored: NEW_STORED_AGENT });
  assert.equal(plan(unknown), null, 'also where nobody knows what runs');
});

test('where nothing ran before, one that waits is blocked, and the plan says why', () => {
  assert.equal(plan(nothing({ desired: valid(B), hold: held })), `echo: block hash-b, because ${WAITS}`);
  const lacking = secrets({ 'hash-b': { missing: [LACKS] } });
  assert.equal(
    plan(nothing({ desired: valid(B), hold: held, secrets: lacking })),
    `echo: block hash-b, because ${WAITS}; ${LACKS}`,
  );
});
