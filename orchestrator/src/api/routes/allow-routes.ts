/** A person's word: what of an agent waits for it, and saying it for just what was shown. */
import * as z from 'zod';
import { recordOf, type ServerDeps } from '../deps.ts';
import { type Route, route } from '../route.ts';
import { json } from './agent-routes.ts';

export const allowanceSchema = z.object({
  hash: z.string().nullable().describe('Of all that is shown, for POST; null when nothing waits'),
  because: z.string().nullable(),
  asks: z.array(z.string()).describe('What it asks for beyond what was accepted'),
  gives_up: z.array(z.string()),
});

const accepted = z.object({ id: z.string(), accepted: z.string() });

export function allowRoutes({ registry, control }: Pick<ServerDeps, 'registry' | 'control'>): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/agents/:id/allow',
      summary: 'What of an agent waits for a person’s word',
      answers: [json('The difference to what was accepted', allowanceSchema)],
      problems: ['not_found'],
      handle: ({ id }) => control.allowance(recordOf(registry, id).id),
    }),
    route({
      method: 'POST',
      path: '/api/agents/:id/allow',
      summary: 'Accept what was shown',
      body: z.strictObject({ hash: z.string().min(1).max(64).describe('As GET showed it') }),
      answers: [json('Recorded; the loop will do it', accepted, 202)],
      problems: ['bad_request', 'not_found', 'conflict'],
      async handle({ id, body, reply }) {
        await control.allow(recordOf(registry, id).id, body.hash);
        return reply.code(202).send({ id, accepted: 'allow' });
      },
    }),
  ];
}
