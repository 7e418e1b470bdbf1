/** Where the time of a save goes, out of what the event stream showed and the bus said. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RegistryEvent } from '../../../orchestrator/src/domain/event.ts';
import { phasesOf, type Update } from '../../bench/phases.ts';
import { aVersion } from '../../support/builders/a-version.ts';

const ORIGIN = Date.parse('2026-01-01T12:00:00.000Z');
const at = '2026-01-01T12:00:00.000Z';

const update = {
  lane: 'code',
  because: 'code changed',
  from: 'old',
  to: 'new',
  at,
  ms: null,
  waits_since: null,
  cut_ms: null,
  revert_ms: null,
  result: 'running',
  error: null,
} as const;
const container = { id: 'c', name: 'c', image: 'i', started_at: '2026-01-01T12:00:00.400Z' };

const EVENTS: [number, RegistryEvent][] = [
  [150, { type: 'building', agent: 'echo', at, hash: 'new', because: 'code changed' }],
  [300, { type: 'update', agent: 'echo', at, update }],
  [320, { type: 'state', agent: 'echo', at, inst: 2, state: 'CREATED' }],
  [560, { type: 'active', agent: 'echo', at, version: aVersion({}), inst: 2, term: 2, container }],
];
const WORDS: [number, string][] = [
  [500, 'hello'],
  [510, 'standby'],
  [530, 'verified'],
  [555, 'active'],
];

function updateWith(events: readonly [number, RegistryEvent][]): Update {
  return {
    agent: 'echo',
    savedAt: 100,
    shown: events.map(([when, event]) => ({ at: when, event })),
    heard: WORDS.map(([when, type]) => ({ at: when, kind: 'st', agent: 'echo', inst: 2, message: { type } })),
    timeOrigin: ORIGIN,
  };
}

const desired = (when: number): [number, RegistryEvent] => [
  when,
  {
    type: 'desired',
    agent: 'echo',
    at,
    version: aVersion({}),
    enabled: true,
    warnings: [],
    rating: { value: 8, reasons: [] },
  },
];

test('each phase ends where the next begins, and what came before the save is not part of it', () => {
  const phases = phasesOf(updateWith([desired(90), desired(140), ...EVENTS]));
  assert.deepEqual(phases, {
    'settle and read': 40,
    plan: 10,
    build: 150,
    'user and create': 20,
    start: 80,
    'boot to hello': 100,
    'load and set up': 10,
    verify: 20,
    cut: 25,
  });
});

test('a moment that was not seen makes no phases', () => {
  assert.equal(phasesOf(updateWith(EVENTS)), null);
});
