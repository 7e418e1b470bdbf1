/** A ledger in memory. */
import { NO_USAGE, type Usage } from '../../../orchestrator/src/domain/llm/language-model.ts';
import type { DayUsage, Ledger } from '../../../orchestrator/src/domain/ports/stores.ts';

export function fakeLedger(): Ledger {
  const done = new Map<string, boolean>();
  const used = new Map<string, Usage>();
  const days = new Map<string, DayUsage>();
  return {
    usedOn: async (agent, day) => days.get(`${agent} ${day}`) ?? { tokens: 0, cost: 0 },
    async spend(agent, day, { tokens, cost }) {
      const before = days.get(`${agent} ${day}`) ?? { tokens: 0, cost: 0 };
      days.set(`${agent} ${day}`, { tokens: before.tokens + tokens, cost: before.cost + cost });
    },
    async begin(agent, id) {
      const key = `${agent} ${id}`;
      const before = done.get(key);
      done.set(key, before ?? false);
      return before === false;
    },
    async settle(agent, id, usage) {
      const before = used.get(agent) ?? NO_USAGE;
      const total = done.get(`${agent} ${id}`) ? before : sum(before, usage);
      done.set(`${agent} ${id}`, true);
      used.set(agent, total);
      return total;
    },
    async drop(agent, id) {
      if (done.get(`${agent} ${id}`) === false) done.delete(`${agent} ${id}`);
    },
    totals: async () => new Map(used),
  };
}

function sum(one: Usage, other: Usage): Usage {
  return {
    prompt_tokens: one.prompt_tokens + other.prompt_tokens,
    completion_tokens: one.completion_tokens + other.completion_tokens,
    total_tokens: one.total_tokens + other.total_tokens,
    cost: one.cost + other.cost,
  };
}
