/** The crew for agents that want to know who is there; answered by the orchestrator itself (BUS.md, Services). */
import * as z from 'zod';
import type { AgentId } from '../../domain/agent.ts';
import type { AgentRecord } from '../../domain/agent-record.ts';
import type { Registry } from '../../domain/ports/agents-control.ts';
import { operation, type Service } from '../../rpc/operation.ts';

/** What one agent may know of another: nothing of secrets, containers and errors. */
const SHOWN = [
  'id',
  'name',
  'status',
  'active',
  'personified',
  'type',
  'role',
  'description',
  'version',
  'capabilities',
  'skills',
  'commands',
  'location',
  'preferred_location',
  'stale',
  'updated_at',
] as const satisfies readonly (keyof AgentRecord)[];

/** A message has 1 MiB; and a question of 100 bytes must not have the orchestrator say much more than this. */
const PAGE_BYTES = 256 * 1024;
const MOST_ON_A_PAGE = 100;

export function createRegistryService(registry: Pick<Registry, 'list' | 'get'>): Service {
  return {
    name: 'registry',
    perAgent: 4,
    operations: {
      list: operation({
        args: z.object({ cursor: z.string().optional(), limit: z.int().positive().optional() }),
        run: async ({ cursor, limit }) => {
          const page = pageOf(registry.list(), { after: cursor ?? null, limit: limit ?? MOST_ON_A_PAGE });
          // Instances that run since before pages came ask without a limit, and take a list.
          return limit === undefined ? page.agents : page;
        },
      }),
      get: operation({
        args: z.object({ id: z.string() }),
        run: async ({ id }) => {
          const record = registry.get(id.toLowerCase());
          return record && shown(record);
        },
      }),
    },
  };
}

interface Page {
  agents: object[];
  /** Given as `cursor` for the next page; null behind the last. */
  next: AgentId | null;
}

/** @param after the id behind which it begins; ids are in order */
function pageOf(records: readonly AgentRecord[], { after, limit }: { after: string | null; limit: number }): Page {
  const agents: object[] = [];
  let bytes = 0;
  let last: AgentId | null = null;
  for (const record of records) {
    if (after !== null && record.id <= after) continue;
    const one = shown(record);
    bytes += Buffer.byteLength(JSON.stringify(one));
    if (agents.length === limit || (agents.length > 0 && bytes > PAGE_BYTES)) return { agents, next: last };
    agents.push(one);
    last = record.id;
  }
  return { agents, next: null };
}

function shown(record: AgentRecord): object {
  return Object.fromEntries(SHOWN.map((key) => [key, record[key]]));
}
