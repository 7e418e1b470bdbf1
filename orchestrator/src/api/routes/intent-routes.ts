/** Asking for something: intents that the loop will carry out (202: not done yet), and messages to an agent. */
import * as z from 'zod';
import type { AgentId } from '../../domain/agent.ts';
import type { Intent } from '../../domain/ports/agents-control.ts';
import { recordOf, type ServerDeps } from '../deps.ts';
import type { ProblemCode } from '../problems.ts';
import { type Route, route } from '../route.ts';
import { json } from './agent-routes.ts';

const INTENTS: Readonly<Record<Intent, string>> = {
  reload: 'Look at the bundle again, and try a condemned version once more',
  restart: 'A new instance of the same version',
  stop: 'Stop it until it is started again',
  start: 'Start it again',
  rollback: 'Go back to the last good version until the bundle changes',
};

const accepted = z.object({ id: z.string(), accepted: z.string() });

const message = z
  .strictObject({
    type: z.string().min(1).max(64).default('user_message'),
    content: z.string().optional().describe('Short for payload {content, format: text}'),
    payload: z.record(z.string(), z.unknown()).optional(),
  })
  .refine(({ content, payload }) => (content === undefined) !== (payload === undefined), {
    error: 'give either content or payload',
  });

const waiting = z.strictObject({
  wait: z.coerce.number().int().min(1).max(300).optional().describe('Seconds to wait for the reply'),
});

const answer = z.object({
  id: z.string().describe('Id of the message'),
  reply: z.unknown().describe('An H-Link message, or null'),
});

const REFUSED: readonly ProblemCode[] = ['not_found', 'conflict'];

type Needed = Pick<ServerDeps, 'registry' | 'control'>;

export function intentRoutes(deps: Needed): readonly Route[] {
  const intents = Object.keys(INTENTS) as Intent[];
  return [...intents.map((intent) => intentRoute(deps, intent)), activeRoute(deps), messageRoute(deps)];
}

function intentRoute({ registry, control }: Needed, intent: Intent): Route {
  return route({
    method: 'POST',
    path: `/api/agents/:id/${intent}`,
    summary: INTENTS[intent],
    answers: [json('Recorded; the loop will do it', accepted, 202)],
    problems: REFUSED,
    async handle({ id, reply }) {
      await control.intend(recordOf(registry, id).id, intent);
      return reply.code(202).send({ id, accepted: intent });
    },
  });
}

function activeRoute({ registry, control }: Needed): Route {
  return route({
    method: 'PATCH',
    path: '/api/agents/:id',
    summary: 'Switch an agent off or on',
    body: z.strictObject({ active: z.boolean() }),
    answers: [json('Recorded; the loop will do it', accepted, 202)],
    problems: ['bad_request', ...REFUSED],
    async handle({ id, body, reply }) {
      await control.setActive(recordOf(registry, id).id, body.active);
      return reply.code(202).send({ id, accepted: body.active ? 'active' : 'inactive' });
    },
  });
}

function messageRoute({ registry, control }: Needed): Route {
  return route({
    method: 'POST',
    path: '/api/agents/:id/messages',
    summary: 'Say something to an agent, as `user`',
    query: waiting,
    body: message,
    answers: [json('The reply, with ?wait', answer), json('Sent, without ?wait', answer, 202)],
    problems: ['bad_request', ...REFUSED, 'not_ready', 'bus_unavailable', 'instance_died', 'timeout'],
    async handle({ id, query, body, reply }) {
      const { type, content, payload = { content, format: 'text' } } = body;
      const waitMs = query.wait === undefined ? null : query.wait * 1000;
      const agent = recordOf(registry, id).id;
      const sending = control.send(agent, { type, payload }, waitMs);
      const sent = await (waitMs === null ? sending : unlessItIsLost(agent, { registry, control }, sending));
      return reply.code(waitMs === null ? 202 : 200).send(sent);
    },
  });
}

/** With a process that ends, and no other to take over, what it had goes: nobody will answer any more (BUS.md, Excuses). */
async function unlessItIsLost<T>(agent: AgentId, { registry, control }: Needed, sending: Promise<T>): Promise<T> {
  const lost = Promise.withResolvers<never>();
  const forget = registry.subscribe((_id, event) => {
    if (event.type === 'system' || event.agent !== agent) return;
    const why = control.whyLost(event);
    if (why) lost.reject(why);
  }, 'heartbeats');
  try {
    return await Promise.race([sending, lost.promise]);
  } finally {
    forget();
  }
}
