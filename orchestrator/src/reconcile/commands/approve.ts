/** A person's word: what of an agent waits for it, as it is shown, and accepting just what was shown. */
import { createHash } from 'node:crypto';
import type { AgentId } from '../../domain/agent.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import type { Allowance, Hold } from '../../domain/trust.ts';
import type { Actor } from '../agent-worker.ts';
import { NO_RETRY } from '../retry.ts';

/** A flat name of a secret that this agent could have, and others as well. */
interface Contested {
  variable: string;
  name: string;
  others: readonly { agent: AgentId; name: string }[];
}

export interface Allowing {
  now(): number;
  holdOf(actor: Actor): Hold | null;
  accept(actor: Actor): void;
  contestedBy(agent: AgentId): readonly Contested[];
  claim(names: ReadonlyMap<string, AgentId>): void;
}

export function allowanceOf(actor: Actor, { holdOf, contestedBy }: Allowing): Allowance {
  const hold = holdOf(actor);
  const contested = contestedBy(actor.id);
  if (hold === null && contested.length === 0) return { hash: null, because: null, asks: [], gives_up: [] };
  const shown = {
    because: hold?.because ?? 'waits for your word: others could have a secret of this name as well',
    asks: [...(hold?.asks ?? []), ...contested.map(lineOf)],
    gives_up: hold?.givesUp ?? [],
  };
  const hash = createHash('sha256')
    .update(JSON.stringify([actor.id, hold?.version ?? null, shown]))
    .digest('hex');
  return { hash: hash.slice(0, 16), ...shown };
}

/** @throws conflict where nothing waits, or something other than what was shown */
export function allow(actor: Actor, hash: string, deps: Allowing): void {
  const allowance = allowanceOf(actor, deps);
  if (allowance.hash === null) throw new HairemError('conflict', `nothing of ${actor.id} waits for a word`);
  if (allowance.hash !== hash) {
    throw new HairemError('conflict', `what ${actor.id} asks for has changed since it was shown; look at it again`);
  }
  const contested = deps.contestedBy(actor.id);
  if (deps.holdOf(actor)) deps.accept(actor);
  if (contested.length > 0) deps.claim(new Map(contested.map(({ variable }) => [variable, actor.id])));
  actor.retry = NO_RETRY;
  actor.seenAt = deps.now();
}

function lineOf({ variable, name, others }: Contested): string {
  const theirs = others.map((one) => `${one.name} of ${one.agent}`).join(', ');
  return `${variable} as its secret ${name} (it could be ${theirs})`;
}
