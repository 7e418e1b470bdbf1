/** What happens to agents, in the log: at the level at which somebody would look for it. */
import type { AgentId } from '../../domain/agent.ts';
import { problemText } from '../../domain/behind.ts';
import type { AgentFact } from '../../domain/event.ts';
import type { Log } from '../../domain/ports/log.ts';

/** Of the problems of one bundle; `validate` has all. */
const MOST_LINES = 10;

export function logFact(log: Log, agent: AgentId, fact: AgentFact): void {
  if (fact.type === 'heartbeat') return;
  const { type, ...rest } = fact;
  if (type === 'security') log.warn('security event', { agent, ...rest });
  else if (type === 'invalid') log.warn(type, { agent, problems: fact.problems.slice(0, MOST_LINES).map(problemText) });
  else if (type === 'crashed' || type === 'failed' || type === 'backoff' || type === 'blocked' || type === 'behind')
    log.warn(type, { agent, ...rest });
  else if (type === 'state' || type === 'desired' || type === 'model') log.debug(type, { agent });
  else if (type === 'update') log.info(type, { agent, ...fact.update });
  else log.info(type, { agent });
}
