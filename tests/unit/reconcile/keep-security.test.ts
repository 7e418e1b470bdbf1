/** What an agent tried outlives the orchestrator: stored as it happens, and in its record again once that is opened. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentEvent, AgentFact } from '../../../orchestrator/src/domain/event.ts';
import { NEW_STORED_AGENT, type StoredAgent } from '../../../orchestrator/src/domain/stored-agent.ts';
import { newActor } from '../../../orchestrator/src/reconcile/agent-worker.ts';
import { createSecurityKeeper } from '../../../orchestrator/src/reconcile/record/keep-security.ts';
import { type Folded, foldRecord } from '../../../orchestrator/src/registry/fold-record.ts';
import { active, after, desired, eventOf } from '../../support/builders/registry-events.ts';

/** One life of an orchestrator, with what the life before stored. */
function life(before: StoredAgent) {
  const actor = newActor('echo', before);
  const saved: StoredAgent[] = [];
  const keeper = createSecurityKeeper({
    sessionOf: (id) => (id === 'echo' ? actor.session : undefined),
    save: async ({ stored }) => void saved.push(stored),
  });
  let folded: Folded | null = null;
  const apply = (event: AgentEvent) => {
    folded = foldRecord(folded, event);
  };
  return {
    saved,
    happen(fact: AgentFact, ms = 0) {
      const event = eventOf(fact, { at: after(ms) });
      apply(event);
      const past = keeper.note('echo', fact, event.at);
      if (past) apply(eventOf(past, { at: after(ms) }));
    },
    security: () => (folded as Folded | null)?.record.security ?? [],
    warnings: () => (folded as Folded | null)?.record.warnings ?? [],
  };
}

const flood = (message: string): AgentFact => ({ type: 'security', kind: 'flood', message, count: 1 });

test('what it did is stored at once, and in its record after the next start, once', () => {
  const first = life(NEW_STORED_AGENT);
  first.happen(desired('h1'));
  first.happen(flood('it said too much'), 1_000);
  first.happen(flood('and again'), 2_000);
  assert.deepEqual(first.saved.at(-1)?.security, first.security());
  assert.equal(first.security()[0]?.count, 2);

  const second = life(first.saved.at(-1) ?? NEW_STORED_AGENT);
  second.happen({ type: 'stopped', because: 'a late word' }, 3_000);
  assert.deepEqual(second.security(), []);
  second.happen(desired('h1'), 4_000);
  second.happen(active('h1', 1), 5_000);
  assert.deepEqual(second.security(), first.security());
  assert.deepEqual(second.warnings(), ['security: flood: and again (2 times)']);
  assert.equal(second.saved.length, 0, 'nothing new');
});

test('one that was stored by an earlier release, and one that is gone', () => {
  const one = life(NEW_STORED_AGENT);
  one.happen(desired('h1'));
  assert.deepEqual(one.security(), []);
  one.happen({ type: 'removed' });
  one.happen(desired('h1'));
  assert.deepEqual(one.security(), []);
});
