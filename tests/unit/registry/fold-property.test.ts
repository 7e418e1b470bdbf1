/** Whatever order events come in, the record is valid and says nothing that cannot be. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { z } from 'zod';
import { recordSchema } from '../../../orchestrator/src/api/record-schema.ts';
import type { AgentRecord } from '../../../orchestrator/src/domain/agent-record.ts';
import { BEHIND_KINDS } from '../../../orchestrator/src/domain/behind.ts';
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

const RUNS = 300;
const LENGTH = 60;

/** A small generator with a seed, so that a failure can be run again. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Makers = { [T in AgentFact['type']]: (pick: (below: number) => number) => Extract<AgentFact, { type: T }> };

/** One maker for each kind of fact: a new kind does not type-check here until it has one. */
const FACTS: { [T in keyof Makers]: (pick: (below: number) => number) => AgentFact } = {
  desired: (pick) => desired(`h${pick(4)}`, { enabled: pick(4) > 0, warnings: pick(2) ? [PROBLEM] : [] }),
  invalid: () => ({ type: 'invalid', problems: [PROBLEM] }),
  behind: (pick) => ({
    type: 'behind',
    kind: pick(2) ? (BEHIND_KINDS[pick(BEHIND_KINDS.length)] ?? null) : null,
    because: 'x',
  }),
  removed: () => ({ type: 'removed' }),
  secrets: (pick) => ({ type: 'secrets', secrets: [], warnings: pick(2) ? ['x'] : [] }),
  blocked: () => ({ type: 'blocked', because: 'x' }),
  building: (pick) => ({ type: 'building', hash: `h${pick(4)}`, because: 'x' }),
  starting: (pick) => ({ type: 'starting', hash: `h${pick(4)}`, because: 'x' }),
  active: (pick) => active(`h${pick(4)}`, 1 + pick(3)),
  state: (pick) => ({ type: 'state', inst: 1 + pick(3), state: pick(2) ? 'DRAINING' : 'GONE' }),
  heartbeat: (pick) => heartbeat(1 + pick(3), { cpu_ms: pick(10_000) }),
  stale: () => ({ type: 'stale' }),
  crashed: (pick) => ({ type: 'crashed', inst: 1 + pick(3), because: 'x', log: [], lost: pick(2) ? pick(3) : null }),
  update: (pick) => ({
    type: 'update',
    update: updateOf({ result: pick(2) ? 'ok' : 'running', lane: pick(2) ? 'live' : 'code' }),
  }),
  last_good: (pick) => ({ type: 'last_good', hash: `h${pick(4)}` }),
  backoff: () => ({ type: 'backoff', because: 'x', code: 'not_ready', tries: 1, retry_at: NOON }),
  failed: () => ({ type: 'failed', because: 'x', code: 'build_failed', log: ['a'] }),
  stopped: () => ({ type: 'stopped', because: 'x' }),
  disabled: () => ({ type: 'disabled', because: 'x' }),
  gap: () => ({ type: 'gap', since: NOON, until: NOON, lost: null }),
  abandoned: () => ({ type: 'abandoned', ids: ['a'] }),
  model: (pick) => ({ type: 'model', model: pick(2) === 0 ? null : 'small' }),
  usage: (pick) => ({
    type: 'usage',
    usage: { prompt_tokens: pick(9), completion_tokens: 1, total_tokens: 10, cost: pick(2) / 2 },
  }),
  past_security: () => ({ type: 'past_security', entries: [{ at: NOON, kind: 'hog', message: 'x', count: 1 }] }),
  security: (pick) => ({ type: 'security', kind: pick(2) ? 'flood' : 'refused', message: 'x', count: 1 + pick(3) }),
  database: (pick) => ({ type: 'database', bytes: pick(1000) }),
  storage: (pick) => ({ type: 'storage', bytes: pick(1000) }),
  warning: (pick) => ({ type: 'warning', key: 'k', message: pick(2) ? 'm' : null }),
};

test('any order of events gives a valid record', () => {
  const makers = Object.values(FACTS);
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const pick = randomFrom(seed);
    let folded: Folded | null = null;
    for (let step = 0; step < LENGTH; step += 1) {
      const fact = makers[pick(makers.length)]?.(pick) ?? { type: 'stale' as const };
      const before: string = JSON.stringify(folded);
      const next: Folded | null = foldRecord(folded, eventOf(fact, { at: after(step * 1000) }));
      assert.equal(JSON.stringify(folded), before, 'the fold is pure');
      folded = next;
      if (folded !== null) assertValid(folded.record, `seed ${seed}, step ${step}, ${fact.type}`);
    }
  }
});

function assertValid(record: AgentRecord, where: string): void {
  recordSchema.parse(record);
  assert.equal(record.active, record.status === 'active' && !record.stale, where);
  assert.equal(record.status === 'active', record.instance !== null, where);
  assert.equal(record.instance === null, record.instance_state === null, where);
  assert.ok(record.status !== 'active' || (record.container !== null && record.bundle.running !== null), where);
  assert.ok(record.gaps.length <= GAPS_KEPT, where);
  assert.ok(!record.stale || record.instance !== null, where);
}

test('the schema of the wire and the record of the domain are the same type', () => {
  type Wire = z.infer<typeof recordSchema>;
  const toWire = (record: DeepMutable<AgentRecord>): Wire => record;
  const fromWire = (wire: Omit<Wire, 'last_update'>): Omit<AgentRecord, 'last_update'> => wire;
  assert.equal(typeof toWire, typeof fromWire);
});

type DeepMutable<T> = T extends object ? { -readonly [K in keyof T]: DeepMutable<T[K]> } : T;
