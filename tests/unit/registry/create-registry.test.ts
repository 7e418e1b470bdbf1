/** The registry: ids, the ring, the revision behind the ETag, and the system's state. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentFact, RegistryEvent } from '../../../orchestrator/src/domain/event.ts';
import type { Clock } from '../../../orchestrator/src/domain/ports/ports.ts';
import { createRegistry, EVENTS_KEPT } from '../../../orchestrator/src/registry/create-registry.ts';
import { active, after, desired, eventOf, heartbeat, NOON, updateOf } from '../../support/builders/registry-events.ts';

const clock: Clock = { now: () => 0, timestamp: () => NOON, sleep: () => Promise.resolve() };

function registryWith(...facts: readonly AgentFact[]) {
  const registry = createRegistry({ clock });
  for (const fact of facts) registry.apply(eventOf(fact));
  return registry;
}

test('records are listed by id, and removed ones are gone', () => {
  const registry = createRegistry({ clock });
  for (const agent of ['renarde', 'echo']) registry.apply(eventOf(desired('h1'), { agent }));
  assert.deepEqual(
    registry.list().map(({ id }) => id),
    ['echo', 'renarde'],
  );
  registry.apply(eventOf({ type: 'removed' }, { agent: 'echo' }));
  assert.equal(registry.get('echo'), null);
  assert.deepEqual(registry.updates('echo'), []);
});

test('the last 50 updates are kept, newest first, and a report ends the running one', () => {
  const registry = registryWith(desired('h1'));
  registry.apply(eventOf({ type: 'update', update: updateOf({ result: 'running', to: 'h2' }) }));
  registry.apply(eventOf({ type: 'update', update: updateOf({ result: 'ok', to: 'h2' }) }));
  assert.deepEqual(
    registry.updates('echo').map(({ result }) => result),
    ['ok'],
  );
  for (let n = 0; n < 60; n += 1) registry.apply(eventOf({ type: 'update', update: updateOf({ to: `h${n}` }) }));
  assert.equal(registry.updates('echo').length, 50);
  assert.equal(registry.updates('echo')[0]?.to, 'h59');
});

test('ids grow from the wall clock, so that those of an earlier process are known to be old', () => {
  const ids: number[] = [];
  const registry = createRegistry({ clock });
  registry.subscribe((id) => ids.push(id));
  registry.apply(eventOf(desired('h1')));
  registry.apply(eventOf(heartbeat(1)));
  registry.apply(eventOf({ type: 'stale' }));
  const born = Date.parse(NOON);
  assert.deepEqual(ids, [born + 1, born + 2, born + 3]);
  assert.deepEqual(
    registry.since(born)?.map(({ id }) => id),
    [born + 1, born + 3],
    'the ring keeps no heartbeats',
  );
  assert.deepEqual(
    registry.since(born + 2)?.map(({ id }) => id),
    [born + 3],
  );
  assert.deepEqual(registry.since(born + 3), []);
  assert.equal(registry.since(born - 1), null);
  assert.equal(registry.since(born + 4), null);
  assert.equal(registry.since(Number.NaN), null);
});

test('the ring forgets the oldest and says so', () => {
  const registry = registryWith(desired('h1'));
  const born = Date.parse(NOON);
  for (let n = 0; n < EVENTS_KEPT; n += 1) registry.apply(eventOf({ type: 'stale' }));
  assert.equal(registry.since(born), null);
  assert.equal(registry.since(born + 1)?.length, EVENTS_KEPT);
});

test('the revision moves with what a reader would want to see, not with every heartbeat', () => {
  const registry = registryWith(desired('h1'), active('h1', 1), heartbeat(1, { cpu_ms: 0 }));
  const moved = (fact: AgentFact, at: string) => {
    const before = registry.revision();
    registry.apply(eventOf(fact, { at }));
    return registry.revision() !== before;
  };
  assert.equal(moved(heartbeat(1, { cpu_ms: 20 }), after(2000)), true, 'the first CPU figure');
  assert.equal(moved(heartbeat(1, { cpu_ms: 40, memory_bytes: 51_000_000 }), after(4000)), false);
  assert.equal(moved(heartbeat(1, { cpu_ms: 60, memory_bytes: 56_000_000 }), after(6000)), true, 'memory 12 % up');
  assert.equal(moved(heartbeat(1, { cpu_ms: 1060, memory_bytes: 56_000_000 }), after(8000)), true, 'CPU 50 points up');
  assert.equal(moved(heartbeat(1, { cpu_ms: 2060, memory_bytes: 56_000_000, commands: ['x'] }), after(10_000)), true);
  assert.equal(moved({ type: 'warning', key: 'k', message: null }, after(11_000)), false);
  assert.equal(moved({ type: 'removed' }, after(12_000)), true);
  assert.equal(moved({ type: 'removed' }, after(13_000)), false);
  assert.ok(registry.revision() > Date.parse(NOON), 'no revision of an earlier process comes again');
});

test('a drift of many small steps is seen', () => {
  const registry = registryWith(desired('h1'), active('h1', 1), heartbeat(1, { memory_bytes: 100 }));
  const before = registry.revision();
  for (let bytes = 101; bytes <= 111; bytes += 1)
    registry.apply(eventOf(heartbeat(1, { memory_bytes: bytes, cpu_ms: 100 })));
  assert.ok(registry.revision() > before);
});

test('the system is degraded as long as one part is, and says why', () => {
  const registry = createRegistry({ clock });
  const say = (key: 'bus' | 'engine', ok: boolean, because: string): RegistryEvent => ({
    at: NOON,
    type: 'system',
    key,
    ok,
    because,
  });
  assert.deepEqual(registry.system(), { status: 'ok', reasons: [] });
  registry.apply(say('bus', false, 'Redis refused the connection'));
  registry.apply(say('engine', true, 'connected'));
  assert.deepEqual(registry.system(), { status: 'degraded', reasons: ['bus: Redis refused the connection'] });
  registry.apply(say('bus', true, 'connected'));
  assert.equal(registry.system().status, 'ok');
});

test('a subscriber that left hears nothing more', () => {
  const heard: string[] = [];
  const registry = createRegistry({ clock });
  const leave = registry.subscribe((_id, event) => heard.push(event.type));
  registry.apply(eventOf(desired('h1')));
  leave();
  registry.apply(eventOf({ type: 'stale' }));
  assert.deepEqual(heard, ['desired']);
});
