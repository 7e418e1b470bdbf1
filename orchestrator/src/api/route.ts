/** One route as data: the same schemas check its requests and describe it in /openapi.json. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import type { Access } from './guard.ts';
import { type ProblemCode, problem, sendProblem } from './problems.ts';

export interface Answer {
  status: number;
  description: string;
  /** Schema of each media type; null where it is not JSON. */
  content: Readonly<Record<string, z.ZodType | null>>;
}

interface RouteText {
  method: 'GET' | 'POST' | 'PATCH';
  /** With `:id` for the agent. */
  path: string;
  summary: string;
  answers: readonly Answer[];
  problems: readonly ProblemCode[];
}

export interface Route extends RouteText {
  access: Access;
  query: z.ZodType | null;
  body: z.ZodType | null;
  handle(request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
}

export interface Call<Q, B> {
  /** The `:id` of the path, as it came; empty where the path has none. */
  id: string;
  query: Q;
  body: B;
  request: FastifyRequest;
  reply: FastifyReply;
}

interface RouteSpec<Q extends z.ZodType, B extends z.ZodType> extends RouteText {
  access?: Access;
  query?: Q;
  body?: B;
  handle(call: Call<z.output<Q>, z.output<B>>): unknown;
}

export function route<Q extends z.ZodType = z.ZodNever, B extends z.ZodType = z.ZodNever>(
  spec: RouteSpec<Q, B>,
): Route {
  return {
    ...spec,
    access: spec.access ?? 'token',
    query: spec.query ?? null,
    body: spec.body ?? null,
    async handle(request, reply) {
      const query = check(spec.query, request.query, 'query');
      const body = check(spec.body, request.body ?? {}, 'body');
      const wrong = [...query.wrong, ...body.wrong];
      if (wrong.length > 0) return sendProblem(reply, problem('bad_request', wrong.join('; ')));
      return spec.handle({ id: idOf(request), query: query.value, body: body.value, request, reply });
    },
  };
}

type Checked<S extends z.ZodType> = { wrong: readonly string[]; value: z.output<S> };

function check<S extends z.ZodType>(schema: S | undefined, given: unknown, where: string): Checked<S> {
  // a route without a schema reads neither query nor body; its types say `never`
  const parsed = (schema ?? z.any()).safeParse(given);
  if (parsed.success) return { wrong: [], value: parsed.data as z.output<S> };
  const wrong = parsed.error.issues.map(({ path, message }) => `${[where, ...path].join('.')}: ${message}`);
  return { wrong, value: undefined as z.output<S> };
}

function idOf({ params }: FastifyRequest): string {
  return typeof params === 'object' && params !== null && 'id' in params ? String(params.id) : '';
}
