/** The crew for agents that want to know who is there; answered by the orchestrator itself (BUS.md, Services). */
import * as z from 'zod';
import type { AgentRecord } from '../../domain/agent-record.ts';
import type { Registry } from '../../domain/crew-control.ts';
import { operation, type Service } from '../operation.ts';

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

export function createRegistryService(registry: Pick<Registry, 'list' | 'get'>): Service {
  return {
    name: 'registry',
    perAgent: 4,
    operations: {
      list: operation({ args: z.object({}), run: async () => registry.list().map(shown) }),
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

function shown(record: AgentRecord): object {
  return Object.fromEntries(SHOWN.map((key) => [key, record[key]]));
}
