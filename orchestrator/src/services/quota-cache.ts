/** What the owner lets the database of each agent hold: asked once a minute, and nobody waits for it to be asked again. */
import * as z from 'zod';
import type { AgentId } from '../domain/agent.ts';
import { DEFAULT_GRANT } from '../domain/grants.ts';

interface Options {
  /** Monotonic milliseconds. */
  now(): number;
  /** @throws where the orchestrator is away, or of before there was this question */
  ask(agent: AgentId): Promise<unknown>;
}

interface Known {
  bytes: number;
  until: number;
}

const answer = z.object({ database_bytes: z.number().nonnegative() });
const KEPT_MS = 60_000;
/** For what was not answered. */
const AGAIN_MS = 10_000;
const MOST_KNOWN = 500;

export function createQuotaCache({ now, ask }: Options) {
  const known = new Map<AgentId, Known>();
  const asking = new Map<AgentId, Promise<number>>();

  const keep = (agent: AgentId, bytes: number, ms: number) => {
    known.delete(agent);
    known.set(agent, { bytes, until: now() + ms });
    for (const oldest of known.keys()) if (known.size > MOST_KNOWN) known.delete(oldest);
    return bytes;
  };
  const learn = async (agent: AgentId): Promise<number> => {
    try {
      return keep(agent, answer.parse(await ask(agent)).database_bytes, KEPT_MS);
    } catch {
      return keep(agent, known.get(agent)?.bytes ?? DEFAULT_GRANT.databaseBytes, AGAIN_MS);
    }
  };
  const learnOnce = (agent: AgentId): Promise<number> => {
    const asked = asking.get(agent) ?? learn(agent).finally(() => asking.delete(agent));
    asking.set(agent, asked);
    return asked;
  };
  return {
    /** While the orchestrator is away what it said last holds, or else what everybody has. Never rejects. */
    async of(agent: AgentId): Promise<number> {
      const last = known.get(agent);
      if (!last) return learnOnce(agent);
      if (now() >= last.until) void learnOnce(agent);
      return last.bytes;
    },
  };
}
