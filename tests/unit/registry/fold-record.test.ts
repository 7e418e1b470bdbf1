/** The fold, case by case: what each fact does to the record, and what it must leave alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentRecord } from '../../../orchestrator/src/domain/agent-record.ts';
import type { AgentFact } from '../../../orchestrator/src/domain/event.ts';
import { type Folded, foldRecord, GAPS_KEPT } from '../../../orchestrator/src/registry/fold-record.ts';
import {
  active,
  after,
  desired,
  eventOf,
  heartbeat,
  NOON,
  PROBLEM,
  updateOf,
} from '../../support/builders/registry-events.ts';

function fold(...facts: readonly (AgentFact | [string, AgentFact])[]): AgentRecord {
  const record = foldAll(facts)?.record;
  assert.ok(record, 'a record');
  return record;
}

function foldAll(facts: readonly (AgentFact | [string, AgentFact])[]): Folded | null {
  return facts.reduce<Folded | null>((folded, entry) => {
    const [at, fact] = Array.isArray(entry) ? entry : [NOON, entry];
    return foldRecord(folded, eventOf(fact, { at }));
  }, null);
}

test('a new bundle is starting, described by what the folder asks for', () => {
  const record = fold(desired('h1'));
  assert.equal(record.status, 'starting');
  assert.equal(record.name, 'Echo');
  assert.deepEqual(record.bundle, { running: null, desired: 'h1', last_good: null });
  assert.equal(record.active, false);
});

test('building and starting show until an instance acts', () => {
  assert.equal(fold(desired('h1'), { type: 'building', hash: 'h1', because: 'new' }).status, 'building');
  assert.equal(fold(desired('h1'), { type: 'starting', hash: 'h1', because: 'new' }).status, 'starting');
  const record = fold(desired('h1'), active('h1', 1));
  assert.equal(record.status, 'active');
  assert.equal(record.active, true);
  assert.equal(record.instance, 1);
  assert.equal(record.instance_state, 'ACTIVE');
  assert.equal(record.bundle.running, 'h1');
  assert.equal(record.container?.id, 'c1');
});

test('an agent that lacks a secret is blocked until it begins, and one that runs stays active', () => {
  const lacking: AgentFact[] = [
    { type: 'secrets', secrets: [], warnings: ['TOKEN is missing'] },
    { type: 'blocked', because: 'TOKEN is missing' },
  ];
  const blocked = fold(desired('h1'), ...lacking);
  assert.deepEqual([blocked.status, blocked.warnings], ['blocked', ['secrets: TOKEN is missing']]);
  const secrets = [{ name: 'TOKEN', fingerprint: 'f1' }];
  const there: AgentFact[] = [
    { type: 'secrets', secrets, warnings: [] },
    { type: 'starting', hash: 'h1', because: 'new' },
  ];
  const begun = fold(desired('h1'), ...lacking, ...there);
  assert.deepEqual([begun.status, begun.warnings, begun.secrets], ['starting', [], secrets]);
  assert.equal(fold(desired('h1'), active('h1', 1), ...lacking).status, 'active');
});

test('an update in flight, and one that fails, leave a served agent active', () => {
  const inFlight: AgentFact[] = [
    desired('h2', { version: { ...activeVersion('h2'), soft: { ...activeVersion('h2').soft, name: 'New name' } } }),
    { type: 'building', hash: 'h2', because: 'edit' },
    { type: 'starting', hash: 'h2', because: 'edit' },
    { type: 'update', update: updateOf({ result: 'running', ms: null }) },
    { type: 'failed', because: 'setup threw', code: 'rejected', log: ['Error: no'] },
    { type: 'backoff', because: 'setup threw', code: 'rejected', tries: 1, retry_at: after(10_000) },
    { type: 'invalid', problems: [PROBLEM] },
  ];
  const record = fold(desired('h1'), active('h1', 1), ...inFlight);
  assert.equal(record.status, 'active');
  assert.equal(record.active, true);
  assert.equal(record.name, 'Echo', 'the instance that runs is described');
  assert.equal(record.bundle.running, 'h1');
  assert.deepEqual(record.problems, [PROBLEM]);
  assert.equal(record.last_update?.result, 'failed');
  assert.deepEqual(record.last_update?.error, { code: 'rejected', message: 'setup threw', log: ['Error: no'] });
  assert.equal(record.retry_at, after(10_000));
  assert.deepEqual(record.behind, {
    kind: 'invalid',
    because: 'manifest.yaml:3:5 resources.memory: expected a size like 256m',
  });
  assert.deepEqual(record.warnings, [
    'failure: setup threw',
    'bundle: manifest.yaml:3:5 resources.memory: expected a size like 256m',
  ]);
});

test('a failure before anything ran shows as its own status, and ends with the next active', () => {
  const failed = fold(desired('h1'), { type: 'failed', because: 'no image', code: 'build_failed', log: [] });
  assert.equal(failed.status, 'failed');
  const waiting: AgentFact = { type: 'backoff', because: 'no', code: 'not_ready', tries: 1, retry_at: after(1) };
  assert.equal(fold(desired('h1'), waiting).status, 'backoff');
  const record = fold(desired('h1'), waiting, active('h1', 2));
  assert.deepEqual([record.tries, record.retry_at, record.warnings], [0, null, []]);
});

test('what a former instance left behind is a warning until the next one acts', () => {
  const left: AgentFact = { type: 'warning', key: 'tasks', message: 'instance 1: cancelled and still running: deaf' };
  const facts = [desired('h1'), active('h1', 1), active('h2', 2), left];
  assert.deepEqual(fold(...facts).warnings, ['tasks: instance 1: cancelled and still running: deaf']);
  assert.deepEqual(fold(...facts, active('h3', 3)).warnings, []);
});

test('another version is tried at once: the failure of the one before is forgotten', () => {
  const waiting: AgentFact = { type: 'backoff', because: 'no', code: 'not_ready', tries: 1, retry_at: after(1) };
  const record = fold(desired('h1'), waiting, desired('h2'));
  assert.deepEqual([record.status, record.tries, record.retry_at, record.warnings], ['starting', 0, null, []]);
  const same = fold(desired('h1'), waiting, desired('h1'));
  assert.deepEqual([same.status, same.tries], ['backoff', 1]);
});

test('invalid says so only where nothing runs, and holds no user stop up', () => {
  assert.equal(fold({ type: 'invalid', problems: [PROBLEM] }).status, 'invalid');
  assert.equal(fold({ type: 'invalid', problems: [PROBLEM] }, desired('h1')).status, 'starting');
  const stopped: AgentFact = { type: 'stopped', because: 'user' };
  const record = fold(desired('h1'), stopped, { type: 'invalid', problems: [PROBLEM] }, desired('h2'));
  assert.equal(record.status, 'stopped');
  assert.deepEqual(record.problems, []);
});

test('a bundle that says enabled: false is disabled from the start', () => {
  assert.equal(fold(desired('h1', { enabled: false })).status, 'disabled');
});

test('stopped and disabled take the instance away', () => {
  for (const type of ['stopped', 'disabled'] as const) {
    const record = fold(desired('h1'), active('h1', 1), { type, because: 'user' });
    assert.equal(record.status, type);
    assert.equal(record.active, false);
    assert.equal(record.instance, null);
    assert.equal(record.container, null);
    assert.equal(record.bundle.running, null);
  }
});

test('a crash of the acting instance is counted with its cause and its gap', () => {
  const crash: AgentFact = { type: 'crashed', inst: 1, because: 'exit code 137, out of memory', log: [], lost: 3 };
  const down = fold(desired('h1'), active('h1', 1), heartbeat(1), [after(5000), crash]);
  assert.equal(down.active, false);
  assert.equal(down.status, 'backoff');
  assert.deepEqual(down.last_restart, { at: after(5000), because: 'exit code 137, out of memory' });
  assert.deepEqual(down.gaps, [{ since: after(5000), until: after(5000), lost: 3 }]);
  assert.equal(down.container?.memory_bytes, null);
  const up = fold(desired('h1'), active('h1', 1), crash, active('h1', 2));
  assert.equal(up.container?.restarts, 1);
  assert.equal(up.container?.id, 'c2');
});

test('a crash of another instance, and its heartbeats and states, change nothing', () => {
  const before = fold(desired('h1'), active('h1', 1));
  const other: AgentFact[] = [
    { type: 'crashed', inst: 2, because: 'candidate', log: [], lost: 0 },
    { type: 'state', inst: 2, state: 'STANDBY' },
    heartbeat(2, { memory_bytes: 1 }),
  ];
  for (const fact of other) assert.deepEqual(fold(desired('h1'), active('h1', 1), fact), before);
});

test('an update does not count as a restart', () => {
  const record = fold(desired('h1'), active('h1', 1), active('h2', 2));
  assert.equal(record.container?.restarts, 0);
  assert.equal(record.last_restart, null);
});

test('stale takes `active` back until the next heartbeat; the status stands', () => {
  const stale = fold(desired('h1'), active('h1', 1), { type: 'stale' });
  assert.deepEqual([stale.status, stale.active, stale.stale], ['active', false, true]);
  const back = fold(desired('h1'), active('h1', 1), { type: 'stale' }, heartbeat(1));
  assert.deepEqual([back.status, back.active, back.stale], ['active', true, false]);
});

test('heartbeats bring tasks, commands, memory, and CPU from the difference of two', () => {
  const task = { name: 'watch', state: 'running' as const, since: NOON, error: null };
  const one = heartbeat(1, { cpu_ms: 100, memory_bytes: 7, tasks: [task], commands: ['timer.set'] });
  const first = fold(desired('h1'), active('h1', 1), [after(2000), one]);
  assert.equal(first.container?.cpu_percent, null);
  assert.equal(first.container?.memory_bytes, 7);
  assert.deepEqual(first.tasks, [task]);
  assert.deepEqual(first.commands, ['timer.set']);
  const second = fold(desired('h1'), active('h1', 1), [after(2000), one], [after(4000), heartbeat(1, { cpu_ms: 350 })]);
  assert.equal(second.container?.cpu_percent, 12.5);
});

test('a clock set back, or another instance, gives no CPU figure rather than a wrong one', () => {
  const one: [string, AgentFact] = [after(2000), heartbeat(1, { cpu_ms: 100 })];
  const back = fold(desired('h1'), active('h1', 1), one, [after(1000), heartbeat(1, { cpu_ms: 200 })]);
  assert.equal(back.container?.cpu_percent, null);
  const next = fold(desired('h1'), active('h1', 1), one, active('h2', 2), [after(4000), heartbeat(2, { cpu_ms: 900 })]);
  assert.equal(next.container?.cpu_percent, null);
});

test('skills of the manifest stay listed beside those of the instance', () => {
  const skills = [{ name: 'greet', description: 'Says hello' }];
  const record = fold(
    desired('h1'),
    active('h1', 1, { skills }),
    heartbeat(1, { skills: [{ name: 'wave', description: 'Waves' }] }),
  );
  assert.deepEqual(record.skills, [
    { name: 'greet', description: 'Says hello', active: true },
    { name: 'wave', description: 'Waves', active: true },
  ]);
});

test('a live update moves the running hash; any success clears the failure', () => {
  const record = fold(
    desired('h1'),
    active('h1', 1),
    { type: 'failed', because: 'x', code: 'rejected', log: [] },
    { type: 'update', update: updateOf({ lane: 'live', to: 'h2' }) },
  );
  assert.equal(record.bundle.running, 'h2');
  assert.deepEqual(record.warnings, []);
});

test('what the language model has used is shown as it was said last, over an update, too', () => {
  const used = { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14, cost: 0.5 };
  const record = fold(desired('h1'), active('h1', 1), { type: 'usage', usage: used }, active('h2', 2));
  const { prompt_tokens, completion_tokens, total_tokens, cost } = record;
  assert.deepEqual({ prompt_tokens, completion_tokens, total_tokens, cost }, used);
});

test('gaps are bounded, abandoned ones counted, warnings taken back by key', () => {
  const gap: AgentFact = { type: 'gap', since: NOON, until: after(1), lost: null };
  assert.equal(fold(desired('h1'), ...Array.from({ length: 30 }, () => gap)).gaps.length, GAPS_KEPT);
  assert.equal(
    fold(desired('h1'), { type: 'abandoned', ids: ['a', 'b'] }, { type: 'abandoned', ids: ['c'] }).abandoned,
    3,
  );
  const on: AgentFact = { type: 'warning', key: 'needs', message: 'nobody offers music' };
  assert.deepEqual(fold(desired('h1'), on, on).warnings, ['needs: nobody offers music']);
  assert.deepEqual(fold(desired('h1'), on, { ...on, message: null }).warnings, []);
});

test("the bundle's warnings show, and go with the next version", () => {
  const warned = desired('h1', { warnings: [{ ...PROBLEM, severity: 'warning' }] });
  assert.deepEqual(fold(warned).warnings, ['bundle: manifest.yaml:3:5 resources.memory: expected a size like 256m']);
  assert.deepEqual(fold(warned, desired('h2')).warnings, []);
});

test('removed ends the record, and a late word does not bring it back', () => {
  assert.equal(foldAll([desired('h1'), active('h1', 1), { type: 'removed' }]), null);
  assert.equal(foldAll([desired('h1'), { type: 'removed' }, heartbeat(1), { type: 'stale' }]), null);
});

function activeVersion(hash: string) {
  const fact = active(hash, 1);
  assert.equal(fact.type, 'active');
  return fact.version;
}
