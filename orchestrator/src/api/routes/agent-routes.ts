/** Reading the crew: records, past updates, and what the loop would do now. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { AGENT_STATUSES, type AgentRecord } from '../../domain/agent-record.ts';
import type { Registry } from '../../domain/ports/agents-control.ts';
import { recordOf, type ServerDeps } from '../deps.ts';
import { etagOf, matches } from '../etag.ts';
import { recordSchema, updateSchema } from '../record-schema.ts';
import { type Route, route } from '../route.ts';

const statuses = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(AGENT_STATUSES)))
  .describe('One status or several, separated by commas');

const filters = z.strictObject({
  status: statuses.optional(),
  capability: z.string().min(1).optional(),
  type: z.string().min(1).optional(),
});

const NOT_MODIFIED = { status: 304, description: 'As it was at the ETag', content: {} };

export function agentRoutes({ registry, control }: Pick<ServerDeps, 'registry' | 'control'>): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/agents',
      summary: 'The crew, one record each',
      query: filters,
      answers: [json('Records, by id', z.array(recordSchema)), NOT_MODIFIED],
      problems: ['bad_request'],
      handle: ({ query, request, reply }) =>
        unlessUnchanged({ registry, request, reply }, () => registry.list().filter((record) => passes(record, query))),
    }),
    route({
      method: 'GET',
      path: '/api/agents/:id',
      summary: 'One record',
      answers: [json('The record', recordSchema), NOT_MODIFIED],
      problems: ['not_found'],
      handle: ({ id, request, reply }) => unlessUnchanged({ registry, request, reply }, () => recordOf(registry, id)),
    }),
    route({
      method: 'GET',
      path: '/api/agents/:id/updates',
      summary: 'Past updates, newest first',
      answers: [json('At most 50', z.array(updateSchema))],
      problems: ['not_found'],
      handle: ({ id }) => registry.updates(recordOf(registry, id).id),
    }),
    route({
      method: 'GET',
      path: '/api/agents/:id/plan',
      summary: 'What the loop would do now',
      answers: [{ status: 200, description: 'Text for people', content: { 'text/plain': null } }],
      problems: ['not_found'],
      handle: async ({ id, reply }) =>
        reply.type('text/plain; charset=utf-8').send(await control.plan(recordOf(registry, id).id)),
    }),
  ];
}

export function json(description: string, schema: z.ZodType, status = 200) {
  return { status, description, content: { 'application/json': schema } };
}

interface Reading {
  registry: Registry;
  request: FastifyRequest;
  reply: FastifyReply;
}

function unlessUnchanged({ registry, request, reply }: Reading, read: () => unknown): unknown {
  const found = read();
  const etag = etagOf(registry.revision());
  reply.header('etag', etag);
  return matches(request.headers['if-none-match'], etag) ? reply.code(304).send() : found;
}

function passes(record: AgentRecord, { status, capability, type }: z.output<typeof filters>): boolean {
  if (status !== undefined && !status.includes(record.status)) return false;
  if (capability !== undefined && !record.capabilities.includes(capability)) return false;
  return type === undefined || record.type === type;
}
