/** Cross-origin calls: off, but for the origins that HAIREM_ORIGINS lists. */
import type { FastifyReply, FastifyRequest } from 'fastify';

/** @returns whether this origin may call */
export function allowOrigin(reply: FastifyReply, origin: string | undefined, origins: readonly string[]): boolean {
  if (origins.length > 0) reply.header('vary', 'Origin');
  if (origin === undefined || !origins.includes(origin)) return false;
  reply.headers({ 'access-control-allow-origin': origin, 'access-control-expose-headers': 'ETag' });
  return true;
}

/** A browser asks without the token what it may send with it. @returns whether this was such a question */
export function answerPreflight(request: FastifyRequest, reply: FastifyReply): boolean {
  if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return false;
  reply.headers({
    'access-control-allow-methods': 'GET, POST, PATCH',
    'access-control-allow-headers': 'authorization, content-type, if-none-match, last-event-id',
    'access-control-max-age': '600',
  });
  void reply.code(204).send();
  return true;
}
