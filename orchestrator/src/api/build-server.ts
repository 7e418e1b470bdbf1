/** The API, built apart from its listener: routes, guards, limits, problem documents, one log line per request. */
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { asHairemError, HairemError } from '../domain/errors/errors.ts';
import type { Log } from '../domain/ports/log.ts';
import { refusalOf, strayNumber } from '../domain/text/json-numbers.ts';
import { DEEPEST, isDeeper } from '../domain/text/json-text.ts';
import { limitConnections } from './connections.ts';
import { allowOrigin, answerPreflight } from './cors.ts';
import type { ServerDeps } from './deps.ts';
import { type Access, type Caller, refusal } from './guard.ts';
import { limits } from './limits.ts';
import { openapiRoute } from './openapi.ts';
import { codeOfStatus, problem, problemOf, sendProblem } from './problems.ts';
import type { Route } from './route.ts';
import { agentRoutes } from './routes/agent-routes.ts';
import { allowRoutes } from './routes/allow-routes.ts';
import { eventRoutes } from './routes/event-routes.ts';
import { historyRoutes } from './routes/history-routes.ts';
import { intentRoutes } from './routes/intent-routes.ts';
import { logRoutes } from './routes/log-routes.ts';
import { rotationRoutes } from './routes/rotation-routes.ts';
import { systemRoutes } from './routes/system-routes.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
}

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

export function buildServer(deps: ServerDeps): FastifyInstance {
  const app = fastify({
    ...limits,
    frameworkErrors: (error, request, reply) => void onError(deps.log, error, request, reply),
  });
  limitConnections(app.server);
  readBodies(app);
  const streams = createStreamEnd();
  deps.token.onChange(streams.end);
  app.addHook('preClose', async () => streams.end());
  app.addHook('onRequest', async (request, reply) => guard(deps, request, reply));
  app.addHook('onResponse', async (request, reply) => logRequest(deps.log, request, reply));
  app.setErrorHandler((error: FastifyError, request, reply) => onError(deps.log, error, request, reply));
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, problem('not_found', `nothing answers ${pathOf(request)}`)),
  );
  for (const route of routesOf(deps, streams.ended)) {
    const { method, path: url, access, handle } = route;
    app.route({ method, url, config: { access }, handler: handle });
  }
  return app;
}

/** Measured before it is parsed (BUS.md, Depth and Numbers); a key like `__proto__` is refused by fastify's own parser. */
function readBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    const stray = strayNumber(body);
    if (isDeeper(body, DEEPEST))
      done(new HairemError('bad_request', `the body is nested deeper than ${DEEPEST} levels`));
    else if (stray !== null) done(new HairemError('bad_request', refusalOf(stray)));
    else parse(request, body, done);
  });
}

/** Ends all streams that are open: the server closes, or whoever opened them may not be allowed to any more. */
function createStreamEnd() {
  let open = new AbortController();
  return {
    /** Aborts at the next end. */
    ended: () => open.signal,
    end() {
      open.abort();
      open = new AbortController();
    },
  };
}

function routesOf(deps: ServerDeps, ended: () => AbortSignal): readonly Route[] {
  const streaming = { ...deps, ended };
  const routes = [
    ...agentRoutes(deps),
    ...intentRoutes(deps),
    ...allowRoutes(deps),
    ...logRoutes(streaming),
    ...eventRoutes(streaming),
    ...historyRoutes(deps),
    ...systemRoutes(deps),
    ...rotationRoutes(deps),
  ];
  return [...routes, openapiRoute(routes, deps.version)];
}

/** Runs before every route and before "not found": what no route declares open needs the token. */
function guard({ token, config }: ServerDeps, request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  reply.headers(HEADERS);
  const { origin } = request.headers;
  if (allowOrigin(reply, origin, config.origins) && answerPreflight(request, reply)) return reply;
  const access = request.routeOptions.config.access ?? 'token';
  const refused = refusal(callerOf(request), { token: token.current(), ...config }, access);
  if (refused === null) return undefined;
  if (refused.code === 'unauthorized') reply.header('www-authenticate', 'Bearer');
  return sendProblem(reply, refused);
}

function callerOf(request: FastifyRequest): Caller {
  const { host, origin, authorization } = request.headers;
  return { method: request.method, rawPath: pathOf(request), host, origin, authorization };
}

/** Without the query, which may hold what a log should not. */
function pathOf({ url }: FastifyRequest): string {
  return url.split('?', 1)[0] ?? '';
}

function onError(log: Log, thrown: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { statusCode } = thrown;
  if (!(thrown instanceof HairemError) && statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return sendProblem(reply.headers(HEADERS), problem(codeOfStatus(statusCode), thrown.message));
  const document = problemOf(asHairemError(thrown));
  if (document.status >= 500)
    log.error('a request failed', { method: request.method, path: pathOf(request), error: thrown });
  return sendProblem(reply, document);
}

/** Reading is frequent and says little: only what changes something, or goes wrong, is worth a line by default. */
function logRequest(log: Log, request: FastifyRequest, reply: FastifyReply): void {
  const level = request.method === 'GET' && reply.statusCode < 400 ? 'debug' : 'info';
  const ms = Math.round(reply.elapsedTime);
  log[level]('request', {
    method: request.method,
    path: pathOf(request),
    status: reply.statusCode,
    ms,
    from: request.ip,
  });
}
