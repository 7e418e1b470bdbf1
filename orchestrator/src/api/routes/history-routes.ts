/** GET /api/history: what was said, and what happened, also before this process; kept by the services. */
import * as z from 'zod';
import type { ServerDeps } from '../deps.ts';
import { type Route, route } from '../route.ts';
import { wireMessage } from '../stream/wire-message.ts';
import { json } from './agent-routes.ts';

const page = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  before: z.iso.datetime({ offset: true }).optional().describe('Only what is older: the `at` of the oldest one seen'),
  agent: z.string().min(1).optional().describe('Only what it said or was told, or what is about it'),
});

type Page = z.infer<typeof page>;

export function historyRoutes({ history }: Pick<ServerDeps, 'history'>): readonly Route[] {
  const read = async (kind: 'message' | 'event', { limit, before, agent }: Page) =>
    (await history.read({ kind, limit, before: before ?? null, agent: agent ?? null })).map(({ body }) => body);
  const messages = z.object({ messages: z.array(z.looseObject({})), status: z.literal('ok') });
  const events = z.object({ events: z.array(z.looseObject({})), status: z.literal('ok') });
  return [
    route({
      method: 'GET',
      path: '/api/history',
      summary: 'What the user and the crew said to each other, among themselves and to all, oldest first',
      query: page,
      answers: [json('The newest that fit', messages)],
      problems: ['bad_request', 'unavailable'],
      handle: async ({ query }) => ({
        messages: (await read('message', query)).flatMap((body) => wireMessage(body) ?? []),
        status: 'ok',
      }),
    }),
    route({
      method: 'GET',
      path: '/api/history/events',
      summary: 'Registry events that were kept, oldest first',
      query: page,
      answers: [json('The newest that fit', events)],
      problems: ['bad_request', 'unavailable'],
      handle: async ({ query }) => ({ events: await read('event', query), status: 'ok' }),
    }),
  ];
}
