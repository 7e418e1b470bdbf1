/** What happens to agents, in the log: at the level at which somebody would look for it. */
import type { AgentId } from '../domain/agent.ts';
import type { AgentFact } from '../domain/event.ts';
import type { Log } from '../domain/log.ts';

export function logFact(log: Log, agent: AgentId, fact: AgentFact): void {
  if (fact.type === 'heartbeat') return;
  const { type, ...rest } = fact;
  if (type === 'security') log.warn('security event', { agent, ...rest });
  else if (type === 'crashed' || type === 'failed' || type === 'backoff' || type === 'blocked')
    log.warn(type, { agent, ...rest });
  else if (type === 'state' || type === 'desired' || type === 'model') log.debug(type, { agent });
  else if (type === 'update') log.info(type, { agent, ...fact.update });
  else log.info(type, { agent });
}
