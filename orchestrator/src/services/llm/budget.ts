/**
 * What an agent may use of language models in a day: asked before a call goes out, with what is under way counted as if
 * it used what it may. The ledger remembers over a restart; between two calls the sums are here.
 */
import type { AgentId } from '../../domain/agent.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import { linesToGrant } from '../../domain/grants.ts';
import type { ModelGrant, ModelSettings, Usage } from '../../domain/llm/language-model.ts';
import type { DayUsage, Ledger } from '../../domain/ports/stores.ts';

export type DayLimits = Pick<ModelGrant, 'tokensPerDay' | 'costPerDay'>;

/** What a call is expected to use at most. */
export type Estimate = DayUsage;

export interface Reservation {
  /** The call has ended, and used this; counted once. Null where it was never answered nor paid for. */
  end(used: DayUsage | null): void;
}

export interface Budget {
  /** @throws HairemError refused, naming the limit; unavailable where there is one and the ledger is away */
  reserve(agent: AgentId, estimate: Estimate, limits: DayLimits): Promise<Reservation>;
  /** What was used today, as far as it is known here. */
  today(agent: AgentId): DayUsage;
}

export interface BudgetOptions {
  ledger: Pick<Ledger, 'usedOn' | 'spend'>;
  /** For agents of which the owner says nothing of their own. */
  defaults: DayLimits;
  now: () => Date;
  onUnwritten(agent: AgentId, error: unknown): void;
}

/** Of one agent, on one day. */
interface Day extends DayUsage {
  day: string;
  underWay: DayUsage;
}

const NOTHING: DayUsage = Object.freeze({ tokens: 0, cost: 0 });

export function createBudget({ ledger, defaults, now, onUnwritten }: BudgetOptions): Budget {
  const days = new Map<AgentId, Day>();
  const today = () => now().toISOString().slice(0, 10);

  const dayOf = async (agent: AgentId): Promise<Day> => {
    const known = days.get(agent);
    const day = today();
    if (known?.day === day) return known;
    const used = await ledger.usedOn(agent, day);
    // Another call may have asked meanwhile, and counted already.
    const other = days.get(agent);
    if (other?.day === day) return other;
    const made = { day, ...used, underWay: NOTHING };
    days.set(agent, made);
    return made;
  };
  const spend = (agent: AgentId, day: Day, used: DayUsage) => {
    Object.assign(day, sum(day, used));
    ledger.spend(agent, day.day, used).catch((error) => onUnwritten(agent, error));
  };
  return {
    async reserve(agent, estimate, given) {
      const limits = {
        tokensPerDay: given.tokensPerDay ?? defaults.tokensPerDay,
        costPerDay: given.costPerDay ?? defaults.costPerDay,
      };
      const isLimited = limits.tokensPerDay !== null || limits.costPerDay !== null;
      const day = await dayOf(agent).catch((error) => {
        if (isLimited) throw error;
        return { day: today(), ...NOTHING, underWay: NOTHING };
      });
      const refusal = refusalOf(agent, { day, estimate, limits });
      if (refusal) throw refusal;
      day.underWay = sum(day.underWay, estimate);
      let isEnded = false;
      return {
        end(used) {
          if (isEnded) return;
          isEnded = true;
          day.underWay = sum(day.underWay, { tokens: -estimate.tokens, cost: -estimate.cost });
          if (used) spend(agent, day, used);
        },
      };
    },
    today(agent) {
      const known = days.get(agent);
      return known?.day === today() ? { tokens: known.tokens, cost: known.cost } : NOTHING;
    },
  };
}

interface Wanted {
  day: Day;
  estimate: Estimate;
  limits: DayLimits;
}

function refusalOf(
  agent: AgentId,
  { day, estimate, limits: { tokensPerDay, costPerDay } }: Wanted,
): HairemError | null {
  const wanted = sum(sum(day, day.underWay), estimate);
  if (tokensPerDay !== null && wanted.tokens > tokensPerDay) {
    const used = `${day.tokens} of ${tokensPerDay} tokens, ${day.underWay.tokens} more under way`;
    return overdrawn({ agent, limit: 'tokens_per_day', used, wants: `${estimate.tokens} tokens` });
  }
  // A call whose price nobody knows beforehand goes out until the limit is reached.
  if (costPerDay !== null && (wanted.cost > costPerDay || day.cost >= costPerDay)) {
    const used = `${dollars(day.cost)} of ${dollars(costPerDay)}, ${dollars(day.underWay.cost)} more under way`;
    return overdrawn({ agent, limit: 'cost_per_day', used, wants: dollars(estimate.cost) });
  }
  return null;
}

interface Overdrawn {
  agent: AgentId;
  limit: 'tokens_per_day' | 'cost_per_day';
  used: string;
  wants: string;
}

function overdrawn({ agent, limit, used, wants }: Overdrawn): HairemError {
  const what = `the limit ${limit} of this agent: ${used}, and this call may take ${wants}`;
  const how = `it begins anew at 00:00 UTC; for more, ${linesToGrant(agent, limit, '…')}`;
  return new HairemError('refused', `${what}; ${how}`);
}

const dollars = (amount: number) => `$${amount.toFixed(4)}`;

function sum(one: DayUsage, other: DayUsage): DayUsage {
  return { tokens: one.tokens + other.tokens, cost: one.cost + other.cost };
}

/** A token of English has about four characters, one of code or of other languages fewer. */
const CHARACTERS_A_TOKEN = 4;
/** What an answer takes where nobody says how long it may become. */
const ANSWER_TOKENS = 1_024;
/** A picture or a recording, however many bytes it has. */
const ATTACHMENT = 'x'.repeat(4 * 1_000);

/** @param asked what is sent, and how long the answer may be; none for an embedding */
export function estimateOf(
  asked: { prompt: unknown; options: Readonly<Record<string, unknown>> | null },
  price: ModelSettings['price'],
): Estimate {
  const prompt = tokensOf(JSON.stringify(asked.prompt, withoutAttachments) ?? '');
  const answer = asked.options === null ? 0 : answerOf(asked.options);
  return { tokens: prompt + answer, cost: costOf({ prompt, answer }, price) };
}

/** What an answer without a word of its usage is counted as. */
export function spentOn(prompt: unknown, answered: string, price: ModelSettings['price']): DayUsage {
  const { tokens } = estimateOf({ prompt, options: null }, null);
  const answer = tokensOf(answered);
  return { tokens: tokens + answer, cost: costOf({ prompt: tokens, answer }, price) };
}

/** What it said that it used; where it says nothing, what it is counted as. */
export function usedBy({ total_tokens, cost }: Usage, fallback: DayUsage): DayUsage {
  if (total_tokens === 0 && cost === 0) return fallback;
  return { tokens: total_tokens || fallback.tokens, cost };
}

const tokensOf = (text: string) => Math.ceil(text.length / CHARACTERS_A_TOKEN);

function answerOf(options: Readonly<Record<string, unknown>>): number {
  const number = (name: string) => {
    const value = options[name];
    return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null;
  };
  const each = number('max_completion_tokens') ?? number('max_tokens') ?? ANSWER_TOKENS;
  return Math.ceil(each * (number('n') ?? 1));
}

function costOf({ prompt, answer }: { prompt: number; answer: number }, price: ModelSettings['price']): number {
  return price ? (prompt * price.input + answer * price.output) / 1e6 : 0;
}

function withoutAttachments(key: string, value: unknown): unknown {
  const isAttached = typeof value === 'string' && (key === 'data' || (key === 'url' && value.startsWith('data:')));
  return isAttached ? ATTACHMENT : value;
}
