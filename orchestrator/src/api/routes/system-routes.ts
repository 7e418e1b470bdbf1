/** The system as a whole: is it well, what does it offer, and take everything down. */
import * as z from 'zod';
import { AGENT_STATUSES, type AgentRecord } from '../../domain/agent-record.ts';
import type { ServerDeps } from '../deps.ts';
import { behindSchema } from '../record-schema.ts';
import { type Route, route } from '../route.ts';
import { json } from './agent-routes.ts';

const statusSchema = z.looseObject({
  status: z.enum(['ok', 'degraded']),
  reasons: z.array(z.string()).describe('Why it is degraded'),
  version: z.string(),
  started_at: z.string(),
  uptime_seconds: z.number(),
  troubles: z
    .array(behindSchema.extend({ agent: z.string() }))
    .describe('Agents of which something else runs than their folders ask for, or nothing, and why'),
  agents: z.partialRecord(z.enum(AGENT_STATUSES), z.int()).describe('How many agents have which status'),
});

type Needed = Pick<ServerDeps, 'registry' | 'control' | 'status' | 'version' | 'clock'>;

export function systemRoutes({ registry, control, status, version, clock }: Needed): readonly Route[] {
  const started_at = clock.timestamp();
  const born = clock.now();
  const uptime = () => Math.round((clock.now() - born) / 1000);
  return [
    route({
      method: 'GET',
      path: '/healthz',
      access: 'open',
      summary: 'The process answers',
      answers: [json('Always, while it runs', z.object({ status: z.literal('ok') }))],
      problems: [],
      handle: () => ({ status: 'ok' }),
    }),
    route({
      method: 'GET',
      path: '/api/status',
      summary: 'Whether the system is well, and if not, why',
      answers: [json('The system', statusSchema)],
      problems: [],
      handle: () => ({
        ...status(),
        ...registry.system(),
        version,
        started_at,
        uptime_seconds: uptime(),
        troubles: registry.list().flatMap(({ id, behind }) => (behind === null ? [] : [{ agent: id, ...behind }])),
        agents: counts(registry.list()),
      }),
    }),
    route({
      method: 'POST',
      path: '/api/system/down',
      summary: 'Remove every container, network and bus user of this installation; answers when none is left',
      answers: [json('None is left', z.object({ removed: z.literal(true) }))],
      problems: ['engine_unavailable', 'engine_refused'],
      async handle() {
        await control.removeAll();
        return { removed: true };
      },
    }),
  ];
}

function counts(records: readonly AgentRecord[]): Record<string, number> {
  const byStatus: Record<string, number> = {};
  for (const { status } of records) byStatus[status] = (byStatus[status] ?? 0) + 1;
  return byStatus;
}
