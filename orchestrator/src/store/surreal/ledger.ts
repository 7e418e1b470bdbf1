/** What language models have used, beside the answers that were paid for: each call is counted once, by its id. */
import type { Usage } from '../../domain/llm/language-model.ts';
import type { DayUsage, Ledger } from '../../domain/ports/stores.ts';
import type { SurrealStore } from './connection.ts';
import { oneByOne } from './retry.ts';

export interface SurrealLedger extends Ledger {
  /** Calls that nobody can ask for again; what they have cost stays counted. Called by a timer. */
  forgetOld(): Promise<void>;
}

type Totals = Usage & { agent: string };

const BEGIN = `RETURN type::record('llm_call', $key).done;
IF !record::exists(type::record('llm_call', $key)) {
  CREATE type::record('llm_call', $key) SET at = time::now(), done = false RETURN NONE;
};`;
const DONE = `RETURN type::record('llm_call', $key).done;
UPSERT type::record('llm_call', $key) SET at = time::now(), done = true RETURN NONE;`;
const COUNT = `UPSERT type::record('llm_usage', $agent) SET agent = $agent, prompt_tokens += $prompt_tokens,
completion_tokens += $completion_tokens, total_tokens += $total_tokens, cost += $cost`;

const SPEND = `UPSERT type::record('llm_day', [$agent, $day]) SET agent = $agent, day = $day, tokens += $tokens,
cost += $cost RETURN NONE`;
const KEPT_DAYS_MS = 60 * 24 * 3_600_000;

export function createSurrealLedger(store: Pick<SurrealStore, 'own'>): SurrealLedger {
  // All calls of an agent count on one record: two at once would only undo each other.
  const inTurn = oneByOne();
  return {
    async begin(agent, id) {
      const [done] = await (await store.own()).query(BEGIN, { key: keyOf(agent, id) });
      return done === false;
    },
    settle: (agent, id, usage) =>
      inTurn(async () => {
        const own = await store.own();
        return own.transaction(async (query) => {
          const [isCounted] = await query(DONE, { key: keyOf(agent, id) });
          const counted =
            isCounted === true
              ? await query(`SELECT * FROM type::record('llm_usage', $agent)`, { agent })
              : await query(COUNT, { agent, ...usage });
          return usageOf((counted as [Totals[]])[0][0]);
        });
      }),
    async drop(agent, id) {
      await (await store.own()).query(`DELETE type::record('llm_call', $key) WHERE done = false RETURN NONE`, {
        key: keyOf(agent, id),
      });
    },
    async totals() {
      const [rows] = (await (await store.own()).query('SELECT * FROM llm_usage')) as [Totals[]];
      return new Map(rows.map((row) => [row.agent, usageOf(row)]));
    },
    async usedOn(agent, day) {
      const [rows] = await (await store.own()).query(`SELECT * FROM type::record('llm_day', [$agent, $day])`, {
        agent,
        day,
      });
      const { tokens = 0, cost = 0 } = (rows as Partial<DayUsage>[])[0] ?? {};
      return { tokens, cost };
    },
    spend: (agent, day, used) =>
      inTurn(async () => {
        await (await store.own()).query(SPEND, { agent, day, ...used });
      }),
    async forgetOld() {
      const own = await store.own();
      await own.query('DELETE llm_call WHERE at < time::now() - 20m RETURN NONE');
      const before = new Date(Date.now() - KEPT_DAYS_MS).toISOString().slice(0, 10);
      await own.query('DELETE llm_day WHERE day < $before RETURN NONE', { before });
    },
  };
}

const keyOf = (agent: string, id: string) => `${agent} ${id}`;

function usageOf(row: Totals | undefined): Usage {
  const { prompt_tokens = 0, completion_tokens = 0, total_tokens = 0, cost = 0 } = row ?? {};
  return { prompt_tokens, completion_tokens, total_tokens, cost };
}
