/** History for the orchestrator, which keeps it here so that no database is in its own process (BUS.md, Services). */
import * as z from 'zod';
import { HairemError } from '../domain/errors/errors.ts';
import type { HistoryStore } from '../domain/ports/stores.ts';
import { type Call, operation, type Service } from '../rpc/operation.ts';

const kind = z.enum(['message', 'event']);
const at = z.iso.datetime({ offset: true });
const name = z.string().min(1).max(64);

const entry = z.object({
  id: z.string().min(1).max(160),
  at,
  kind,
  agent: name,
  target: name.nullable(),
  body: z.unknown(),
});

const add = z.object({ entries: z.array(entry).max(500) });
const read = z.object({
  kind,
  limit: z.int().min(1).max(500),
  before: at.nullable(),
  agent: name.nullable(),
});

/** The name under which the orchestrator asks; it is reserved, so no agent can have it. */
const ORCHESTRATOR = 'orchestrator';

export function createHistoryService({ store }: { store: HistoryStore }): Service {
  return {
    name: 'history',
    perAgent: 4,
    operations: {
      add: operation({
        args: add,
        async run({ entries }, call) {
          mustBeOrchestrator(call);
          await store.add(entries);
          return entries.length;
        },
      }),
      read: operation({
        args: read,
        async run(query, call) {
          mustBeOrchestrator(call);
          return store.read(query);
        },
      }),
    },
  };
}

function mustBeOrchestrator({ agent }: Call): void {
  if (agent !== ORCHESTRATOR) throw new HairemError('refused', 'history is for the orchestrator: ask its API');
}
