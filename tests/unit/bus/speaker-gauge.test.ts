/** How much the core hears of one speaker: a table of speakers, honest and not, and what becomes of each. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AMONG_AGENTS,
  BUDGETS,
  type Budget,
  hear,
  NEW_SPEAKER,
  type Verdict,
} from '../../../orchestrator/src/bus/limits/sender-gauge.ts';

interface Speech {
  name: string;
  budget: Budget;
  bytes: number;
  everyMs: number;
  forMs: number;
  /** The verdicts on it, in the order of their first. */
  becomes: Verdict[];
}

const { st, svc, agent, broadcast } = BUDGETS as Record<'st' | 'svc' | 'agent' | 'broadcast', Budget>;
const { agent: among, 'agent to one': toOne } = AMONG_AGENTS as Record<'agent' | 'agent to one', Budget>;
const MINUTE = 60_000;

const SPEECHES: Speech[] = [
  { name: 'heartbeats', budget: st, bytes: 4_000, everyMs: 2_000, forMs: MINUTE, becomes: ['heard'] },
  { name: 'watermarks while it drains', budget: st, bytes: 300, everyMs: 3, forMs: MINUTE, becomes: ['heard'] },
  { name: 'its context every 300 ms', budget: st, bytes: 256 * 1024, everyMs: 300, forMs: MINUTE, becomes: ['heard'] },
  { name: '200 messages a second', budget: agent, bytes: 2_000, everyMs: 5, forMs: MINUTE, becomes: ['heard'] },
  { name: 'a picture each second', budget: agent, bytes: 900_000, everyMs: 1_000, forMs: MINUTE, becomes: ['heard'] },
  { name: 'pieces of an answer', budget: agent, bytes: 400, everyMs: 2, forMs: MINUTE, becomes: ['heard'] },
  { name: 'questions to the registry', budget: svc, bytes: 200, everyMs: 25, forMs: MINUTE, becomes: ['heard'] },
  {
    name: '4,000 messages a second to many',
    budget: among,
    bytes: 500,
    everyMs: 0.25,
    forMs: MINUTE,
    becomes: ['heard'],
  },
  { name: 'all that an SDK says', budget: toOne, bytes: 2_000, everyMs: 2, forMs: MINUTE, becomes: ['heard'] },
  {
    name: '4,000 messages a second to one',
    budget: toOne,
    bytes: 500,
    everyMs: 0.25,
    forMs: 4_000,
    becomes: ['heard', 'throttled', 'fence'],
  },
  {
    name: 'heartbeats of 900 KB',
    budget: st,
    bytes: 900_000,
    everyMs: 50,
    forMs: 4_000,
    becomes: ['heard', 'throttled', 'fence'],
  },
  {
    name: '20,000 pongs a second',
    budget: st,
    bytes: 100,
    everyMs: 0.05,
    forMs: 4_000,
    becomes: ['heard', 'throttled', 'fence'],
  },
  {
    name: 'registry lists',
    budget: svc,
    bytes: 200,
    everyMs: 1,
    forMs: 4_000,
    becomes: ['heard', 'throttled', 'fence'],
  },
  {
    name: 'broadcasts',
    budget: broadcast,
    bytes: 1_000_000,
    everyMs: 10,
    forMs: 4_000,
    becomes: ['heard', 'throttled', 'fence'],
  },
];

for (const { name, budget, bytes, everyMs, forMs, becomes } of SPEECHES)
  test(`${name}: ${becomes.at(-1)}`, () => {
    let state = NEW_SPEAKER;
    const seen = new Set<Verdict>();
    let fencedAt = 0;
    for (let now = 0; now < forMs && fencedAt === 0; now += everyMs) {
      const heard = hear(state, { bytes, now, budget });
      state = heard.state;
      seen.add(heard.verdict);
      if (heard.verdict === 'fence') fencedAt = now;
    }
    assert.deepEqual([...seen], becomes);
    assert.ok(fencedAt < 4_000, 'it is named within five seconds');
  });

test('what a speaker puts into a buffer before it is fenced is two buckets and a message', () => {
  for (const budget of Object.values(BUDGETS)) {
    let state = NEW_SPEAKER;
    let said = 0;
    for (let verdict: Verdict = 'heard'; verdict !== 'fence'; ) {
      ({ state, verdict } = hear(state, { bytes: 1024 * 1024, now: 1, budget }));
      said += 1024 * 1024;
    }
    assert.ok(said <= 2 * budget.burstBytes + 2 * 1024 * 1024, `${said} bytes`);
  }
});

/** Two messages at once, and a little. */
const FEW: Budget = { ...broadcast, burstBytes: 2 * 1024 * 1024 };

test('who keeps its budget for a second after a burst begins with a clean sheet', () => {
  let state = NEW_SPEAKER;
  let now = 0;
  for (let round = 0; round < 100; round += 1, now += 10_000) {
    for (let n = 0; n < 4; n += 1) {
      const heard = hear(state, { bytes: 1_000_000, now, budget: { ...FEW, bytesPerSecond: 400_000 } });
      assert.notEqual(heard.verdict, 'fence');
      state = heard.state;
    }
  }
});

test('a clock that stands still or goes back frees nobody', () => {
  let state = hear(NEW_SPEAKER, { bytes: 1_900_000, now: 10_000, budget: FEW }).state;
  const heard = hear(state, { bytes: 1_000_000, now: 5_000, budget: FEW });
  assert.equal(heard.verdict, 'throttled');
  state = heard.state;
  assert.ok(state.bytes >= 1_900_000);
});

test('what was on its way when a speaker was fenced fences nobody who speaks for it after', () => {
  let state = NEW_SPEAKER;
  const verdicts: Verdict[] = [];
  const say = (now: number) => {
    const heard = hear(state, { bytes: 1024 * 1024, now, budget: broadcast });
    state = heard.state;
    verdicts.push(heard.verdict);
  };
  for (let n = 0; n < 64; n += 1) say(1);
  assert.equal(verdicts.filter((verdict) => verdict === 'fence').length, 1);
  for (let n = 0; n < 64; n += 1) say(4_000);
  assert.equal(verdicts.filter((verdict) => verdict === 'fence').length, 2, 'one that goes on is fenced again');
});
