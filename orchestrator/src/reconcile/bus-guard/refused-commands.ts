/** What Redis refused (ACL LOG), by the agent that tried it. Pure. */
import type { AgentId } from '../../domain/agent.ts';
import type { BusRefusal } from '../../domain/ports/bus-state.ts';
import { type Judging, placeOf, speakerOf } from './connection-limits.ts';

export interface RefusedTries {
  agent: AgentId;
  what: string;
  count: number;
}

const EXAMPLES = 3;
const EXAMPLE_CHARACTERS = 60;

/** One for each agent, however much it tried. */
export function judgeRefusals(
  refusals: readonly BusRefusal[],
  { networks }: Pick<Judging, 'networks'>,
): RefusedTries[] {
  const place = placeOf(networks);
  const culprit = ({ user, address }: BusRefusal) => place(address) ?? speakerOf(user)?.agent ?? null;
  const groups = Map.groupBy(
    refusals.filter((refusal) => !isLate(refusal, culprit(refusal))),
    culprit,
  );
  return [...groups].flatMap(([agent, tries]) =>
    agent === null ? [] : [{ agent, what: describe(tries), count: countOf(tries) }],
  );
}

/** Its own password, which counted until a moment ago: it was retired, or Redis came back and does not know it yet. */
function isLate({ reason, user }: BusRefusal, agent: AgentId | null): boolean {
  return reason === 'auth' && speakerOf(user)?.agent === agent;
}

const countOf = (tries: readonly BusRefusal[]) => tries.reduce((sum, one) => sum + one.count, 0);

function describe(tries: readonly BusRefusal[]): string {
  const count = countOf(tries);
  const examples = [...new Set(tries.map(exampleOf))].slice(0, EXAMPLES).join(', ');
  return `Redis refused ${count} ${count === 1 ? 'try' : 'tries'}: ${examples}`;
}

function exampleOf({ reason, object, user }: BusRefusal): string {
  const text = reason === 'auth' ? `a password for ${user}` : `${reason} ${object}`;
  return text.length > EXAMPLE_CHARACTERS ? `${text.slice(0, EXAMPLE_CHARACTERS)}…` : text;
}
