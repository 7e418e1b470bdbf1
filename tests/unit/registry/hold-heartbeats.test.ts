/** Heartbeats wait until somebody reads: what is read then is what it would be without the wait. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentEvent, RegistryEvent } from '../../../orchestrator/src/domain/event.ts';
import type { Registry } from '../../../orchestrator/src/domain/ports/agents-control.ts';
import { createRegistry } from '../../../orchestrator/src/registry/create-registry.ts';
import { holdHeartbeats } from '../../../orchestrator/src/registry/hold-heartbeats.ts';
import { active, after, desired, eventOf, heartbeat } from '../../support/builders/registry-events.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

const beat = (n: number, agent = 'echo', more = {}) =>
  eventOf(heartbeat(1, { cpu_ms: n * n, ...more }), { agent, at: after(n * 2_000) });

/** A crew of two, what of it was folded, and the same crew in a registry that holds nothing. */
function crew() {
  const folded: RegistryEvent['type'][] = [];
  const inner = createRegistry({ clock: steppedClock() });
  const plain = createRegistry({ clock: steppedClock() });
  const held = holdHeartbeats({
    ...inner,
    apply(event) {
      folded.push(event.type);
      inner.apply(event);
    },
  });
  const happens = (...events: RegistryEvent[]) => {
    for (const registry of [held, plain]) for (const event of events) registry.apply(event);
  };
  for (const agent of ['echo', 'other'])
    happens(eventOf(desired('h1'), { agent }), eventOf(active('h1', 1), { agent }));
  folded.length = 0;
  return { held, plain, folded, happens };
}

test('while nobody reads, none is folded', () => {
  const { folded, happens } = crew();
  for (let n = 1; n < 100; n += 1) happens(beat(n));
  assert.deepEqual(folded, []);
});

/** Each way to read, and what of the two agents' heartbeats it needs. */
const READS: [string, (registry: Registry) => unknown, number][] = [
  ['list', (registry) => registry.list(), 4],
  ['get', (registry) => registry.get('echo'), 2],
  ['revision', (registry) => registry.revision() > 0, 4],
];
for (const [name, read, needed] of READS)
  test(`${name} shows what was said last, and the load between the last two`, () => {
    const { held, plain, folded, happens } = crew();
    for (let n = 1; n < 10; n += 1) happens(beat(n), beat(n, 'other', { memory_bytes: n * 2 ** 20 }));
    assert.deepEqual(read(held), read(plain));
    assert.equal(folded.length, needed);
    assert.deepEqual(held.list(), plain.list());
  });

/** Whatever a heartbeat says anew is seen by the next who reads. */
const NEWS: [string, Parameters<typeof heartbeat>[1]][] = [
  ['a task', { tasks: [{ name: 'tick', state: 'running', since: after(0) }] }],
  ['a command', { commands: ['greet'] }],
  ['a skill', { skills: [{ name: 'greet', description: 'Says hello' }] }],
  ['its state', { state: 'DRAINING' }],
  ['its memory', { memory_bytes: 90_000_000 }],
];
for (const [what, more] of NEWS)
  test(`${what} that a heartbeat says anew moves the revision, and is read`, () => {
    const { held, plain, happens } = crew();
    happens(beat(1), beat(2));
    const before = held.revision();
    happens(beat(3), beat(4, 'echo', more));
    assert.ok(held.revision() > before);
    assert.deepEqual(held.get('echo'), plain.get('echo'));
  });

test('what happens to an agent comes behind its heartbeats, and those of others wait on', () => {
  const { held, plain, folded, happens } = crew();
  happens(beat(1), beat(2), beat(1, 'other'), eventOf({ type: 'stale' }));
  assert.deepEqual(folded, ['heartbeat', 'heartbeat', 'stale']);
  happens(beat(3), eventOf({ type: 'removed' }));
  assert.equal(held.get('echo'), null);
  assert.deepEqual(held.list(), plain.list());
});

test('who follows all events hears each as it comes, and those that had waited; after that they wait again', () => {
  const { held, folded, happens } = crew();
  const heard: [number, string][] = [];
  happens(beat(1));
  const leave = held.subscribe((id, event) => heard.push([id, (event as AgentEvent).at]));
  assert.equal(folded.length, 1);
  happens(beat(2), beat(3));
  assert.deepEqual(
    heard.map(([, at]) => at),
    [after(4_000), after(6_000)],
  );
  leave();
  leave();
  happens(beat(4));
  assert.equal(folded.length, 3);
});

test('who follows all but heartbeats does not make them come', () => {
  const { held, folded, happens } = crew();
  const heard: string[] = [];
  held.subscribe((_id, { type }) => heard.push(type), 'heartbeats');
  happens(beat(1), beat(2));
  assert.deepEqual([folded, heard], [[], []]);
  happens(eventOf({ type: 'stale' }));
  assert.equal(heard.at(-1), 'stale');
});
