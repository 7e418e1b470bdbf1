/** /openapi.json: OpenAPI 3.1, made from the routes and the very schemas that check their requests. */
import * as z from 'zod';
import { PROBLEM_TYPE, PROBLEMS, type ProblemCode, problemDocument } from './problems.ts';
import { type Answer, type Route, route } from './route.ts';
import { json } from './routes/agent-routes.ts';

type Json = Record<string, unknown>;

/** Every route can meet these before or around its handler. */
const ALWAYS: readonly ProblemCode[] = ['forbidden', 'internal'];

/** Made when it is first asked for: few ask, and it is not small. */
export function openapiRoute(others: readonly Route[], version: string): Route {
  let document: Json | null = null;
  const self: Route = route({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This description',
    answers: [json('OpenAPI 3.1', z.record(z.string(), z.unknown()))],
    problems: [],
    handle() {
      document ??= openapi([...others, self], version);
      return document;
    },
  });
  return self;
}

function openapi(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const each of routes) {
    const path = each.path.replace(':id', '{id}');
    paths[path] = { ...paths[path], [each.method.toLowerCase()]: operation(each) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'hAIrem', version, summary: 'A crew of home AI agents' },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: schemaOf(problemDocument, 'output') },
    },
  };
}

function operation(each: Route): Json {
  const protects: readonly ProblemCode[] = each.access === 'open' ? ALWAYS : ['unauthorized', ...ALWAYS];
  return {
    summary: each.summary,
    ...(each.access === 'open' ? { security: [] } : {}),
    parameters: [...pathParameters(each), ...queryParameters(each)],
    ...(each.body === null ? {} : { requestBody: requestBody(each.body) }),
    responses: { ...answers(each.answers), ...problems([...each.problems, ...protects]) },
  };
}

function requestBody(body: z.ZodType): Json {
  return { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } };
}

function pathParameters({ path }: Route): Json[] {
  if (!path.includes(':id')) return [];
  return [{ name: 'id', in: 'path', required: true, schema: { type: 'string' }, description: "The agent's id" }];
}

function queryParameters({ query }: Route): Json[] {
  if (query === null) return [];
  const { properties = {} } = schemaOf(query, 'input') as { properties?: Record<string, Json> };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: false, schema }));
}

function answers(all: readonly Answer[]): Json {
  return Object.fromEntries(
    all.map(({ status, description, content }) => {
      const media = Object.entries(content).map(([type, schema]) => [
        type,
        schema === null ? {} : { schema: schemaOf(schema, 'output') },
      ]);
      return [status, { description, content: Object.fromEntries(media) }];
    }),
  );
}

/** Several codes can share a status: one response that names them all. */
function problems(codes: readonly ProblemCode[]): Json {
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  const content = { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } };
  return Object.fromEntries(
    [...byStatus].map(([status, these]) => [
      status,
      { description: these.map((code) => `\`${code}\``).join(', '), content },
    ]),
  );
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
