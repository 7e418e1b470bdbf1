/**
 * Each fact is said once. What is true until something else is, a level, is not said again while it is; what happens,
 * an event, is said each time. Pure but for what it remembers.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AgentId } from '../../domain/agent.ts';
import type { AgentFact } from '../../domain/event.ts';

/** Facts of one group end each other; null for events. A new fact does not type-check before it is here. */
const GROUP: Readonly<Record<AgentFact['type'], string | null>> = {
  desired: 'folder',
  invalid: 'folder',
  behind: 'behind',
  secrets: 'secrets',
  model: 'model',
  usage: 'usage',
  storage: 'storage',
  database: 'database',
  last_good: 'last_good',
  warning: 'warning',
  blocked: 'status',
  stopped: 'status',
  disabled: 'status',
  // They pass: each is the beginning of something, and ends what was said before.
  building: 'status',
  starting: 'status',
  active: 'status',
  crashed: 'status',
  failed: 'status',
  backoff: 'status',
  removed: null,
  state: null,
  heartbeat: null,
  stale: null,
  update: null,
  gap: null,
  abandoned: null,
  security: null,
  past_security: null,
};

/** Of the group `status`, what lasts. */
const LASTING: ReadonlySet<AgentFact['type']> = new Set(['blocked', 'stopped', 'disabled']);

export interface SayOnce {
  /** Whether it is to be said; takes note that it was. */
  isNews(agent: AgentId, fact: AgentFact): boolean;
}

export function createEmitOnce(): SayOnce {
  const said = new Map<AgentId, Map<string, AgentFact>>();
  return {
    isNews(agent, fact) {
      if (fact.type === 'removed') said.delete(agent);
      const group = groupOf(fact);
      if (group === null) return true;
      const before = said.get(agent) ?? new Map<string, AgentFact>();
      said.set(agent, before);
      forgetEnded(before, fact);
      const isSame = isDeepStrictEqual(before.get(group), fact);
      before.set(group, fact);
      return !isSame || (group === 'status' && !LASTING.has(fact.type));
    },
  };
}

/** With another instance its warnings begin anew, and another version may be blocked once more (fold-record.ts). */
function forgetEnded(said: Map<string, AgentFact>, { type }: AgentFact): void {
  if (type === 'active') for (const key of said.keys()) if (key.startsWith('warning ')) said.delete(key);
  if ((type === 'desired' || type === 'invalid') && said.get('status')?.type === 'blocked') said.delete('status');
}

function groupOf(fact: AgentFact): string | null {
  return fact.type === 'warning' ? `warning ${fact.key}` : GROUP[fact.type];
}
