/** Changing every credential while the crew runs: begun here, after `./hairem rotate` has prepared what comes next. */
import * as z from 'zod';
import type { RotationStatus } from '../../domain/rotation.ts';
import type { ServerDeps } from '../deps.ts';
import { type Route, route } from '../route.ts';
import { json } from './agent-routes.ts';

export const rotationSchema = z.object({
  state: z.enum(['none', 'prepared', 'running', 'done']).describe('`done`: `hairem init` has to end it'),
  waits_for: z
    .array(z.object({ id: z.string(), because: z.string() }))
    .describe('Agents of which an instance still has a credential of before'),
  strangers: z
    .array(z.string())
    .describe('Users of Redis that hAIrem did not make: they stay until Redis is started again'),
  problem: z.string().nullable().describe('What keeps it from going on; it is tried again'),
});

export function rotationRoutes({ rotation }: Pick<ServerDeps, 'rotation'>): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/rotation',
      summary: 'How far the change of all credentials is',
      answers: [json('How far it is', rotationSchema)],
      problems: ['bad_config'],
      handle: async () => wire(await rotation.status()),
    }),
    route({
      method: 'POST',
      path: '/api/rotation',
      summary: 'Change every password of the bus, the control key, this token and the credentials of all instances',
      answers: [json('Begun, or it goes on', rotationSchema, 202)],
      problems: ['bad_config', 'conflict'],
      async handle({ reply }) {
        await rotation.begin();
        return reply.code(202).send(wire(await rotation.status()));
      },
    }),
  ];
}

const wire = ({ waitsFor, ...rest }: RotationStatus) => ({ ...rest, waits_for: waitsFor });
