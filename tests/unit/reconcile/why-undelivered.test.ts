/** Who would swallow a message says so at once, and what to do; who is swapped, adopted or started does not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Step } from '../../../orchestrator/src/plan/step.ts';
import { type Actor, newActor } from '../../../orchestrator/src/reconcile/agent-worker.ts';
import { inSeconds, whyUndelivered } from '../../../orchestrator/src/reconcile/commands/why-undelivered.ts';
import { aMember } from '../../support/builders/a-member.ts';
import { PROBLEM } from '../../support/builders/registry-events.ts';
import { valid, version } from '../plan/views.ts';

const a = version('a');
const around = { now: 1_000, mayRun: () => false, isAwaited: true, until: inSeconds(1_000) };

function actorWith(change: Partial<Actor> = {}, intent: Actor['session']['stored']['intent'] = { kind: 'run' }): Actor {
  const actor = Object.assign(newActor('echo'), { desired: valid(a), ...change });
  actor.session.stored = { ...actor.session.stored, intent };
  return actor;
}

function doing(kind: 'build' | 'start' | 'swap' | 'replace' | 'adopt'): Pick<Actor, 'running'> {
  const step = { kind, agent: 'echo', because: 'x', version: a } as unknown as Step;
  return { running: { step, abort: new AbortController(), done: Promise.resolve() } };
}

function owned(actor: Actor): Actor {
  const member = aMember(1, 'owner');
  actor.session.owner = member;
  actor.session.members.set(1, member);
  return actor;
}

const invalid = { kind: 'invalid', id: 'echo', folder: 'echo', problems: [PROBLEM] } as const;

const UNHEARD: Readonly<Record<string, [Actor, code: 'conflict' | 'not_ready', says: RegExp]>> = {
  'stopped by a user': [
    actorWith({}, { kind: 'stopped' }),
    'conflict',
    /^echo is stopped \(by a user\): `hairem start echo`$/,
  ],
  'stopped while it still drains': [owned(actorWith({}, { kind: 'stopped' })), 'conflict', /^echo is stopped/],
  'stopped for its storage': [
    actorWith({}, { kind: 'stopped', because: 'its volume is full' }),
    'conflict',
    /^echo is stopped \(its volume is full\)/,
  ],
  'switched off': [
    actorWith({}, { kind: 'disabled', manifestHash: null }),
    'conflict',
    /^echo is switched off by a user: `hairem start/,
  ],
  'disabled by its manifest': [actorWith({ desired: valid(a, false) }), 'conflict', /enabled: false$/],
  invalid: [
    actorWith({ desired: invalid }),
    'conflict',
    /^echo is invalid: manifest\.yaml:3:5 .*`hairem validate echo`$/,
  ],
  blocked: [
    actorWith({ saidBlocked: 'the secret PIN is missing' }),
    'conflict',
    /^echo is blocked: the secret PIN is missing$/,
  ],
  fenced: [
    actorWith({ held: { times: 1, at: 0, until: 31_000 } }),
    'conflict',
    /^echo harmed others.* may come back in 30 s, or with `hairem start echo`$/,
  ],
  'gone with its folder': [actorWith({ desired: null, goneSince: 1 }), 'conflict', /^the folder of echo is gone/],
  'being built': [actorWith(doing('build')), 'not_ready', /^echo is being built/],
  'down after a failure': [
    actorWith({ retry: { tries: 2, notBefore: 9_000, because: 'build failed: no such package' } }),
    'not_ready',
    /^echo is down \(build failed: no such package\), and is tried again in 8 s; .*`hairem logs echo`/,
  ],
  'down after a crash': [
    actorWith({ retry: { tries: 1, notBefore: 9_000, because: null } }),
    'not_ready',
    /^echo ended, and is started again in 8 s/,
  ],
  'about to be started': [actorWith(), 'not_ready', /^echo is being started; ask again in a moment$/],
};

for (const [name, [actor, code, says]] of Object.entries(UNHEARD)) {
  test(`nobody hears one that is ${name}`, () => {
    const why = whyUndelivered(actor, around);
    assert.equal(why?.code, code);
    assert.match(why?.message ?? '', says);
  });
}

const HEARD: Readonly<Record<string, [Actor, mayRun: boolean]>> = {
  'it acts': [owned(actorWith()), false],
  'it acts, and its folder is invalid': [owned(actorWith({ desired: invalid })), false],
  'it acts, and its update failed': [owned(actorWith({ retry: { tries: 1, notBefore: 9_000, because: 'x' } })), false],
  'it is swapped': [owned(actorWith(doing('swap'))), false],
  'it is replaced, and the one before has stopped': [actorWith(doing('replace')), false],
  'it starts': [actorWith(doing('start')), false],
  'it is adopted': [actorWith(doing('adopt')), false],
  'the orchestrator has just begun, and its container runs': [actorWith(), true],
};

for (const [name, [actor, mayRun]] of Object.entries(HEARD)) {
  test(`a message is sent while ${name}`, () =>
    assert.equal(whyUndelivered(actor, { ...around, mayRun: () => mayRun }), null));
}

test('what waits for no answer is refused while nobody listens, although somebody will', () => {
  const starting = actorWith(doing('start'));
  starting.session.members.set(1, { ...aMember(1, 'candidate'), conn: '' });
  for (const actor of [starting, actorWith(doing('start')), actorWith(doing('replace'))]) {
    assert.equal(whyUndelivered(actor, around), null);
    assert.match(
      whyUndelivered(actor, { ...around, isAwaited: false })?.message ?? '',
      /^echo is being started; ask again/,
    );
  }
  for (const actor of [owned(actorWith()), owned(actorWith(doing('swap')))])
    assert.equal(whyUndelivered(actor, { ...around, isAwaited: false }), null);
  assert.equal(whyUndelivered(starting, { ...around, isAwaited: false, mayRun: () => true }), null);
});
