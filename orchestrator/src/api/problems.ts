/** Errors as clients see them: RFC 9457 problem documents, with a stable `code` whose status stands in one table. */
import type { FastifyReply } from 'fastify';
import * as z from 'zod';
import type { ErrorCode, HairemError } from '../domain/errors/errors.ts';
import { printable } from './printable.ts';

/** What the protocol itself can go wrong with; the rest are codes of the domain. */
type HttpCode =
  | 'forbidden'
  | 'request_timeout'
  | 'payload_too_large'
  | 'uri_too_long'
  | 'unsupported_media_type'
  | 'headers_too_large';
export type ProblemCode = ErrorCode | HttpCode;

export const PROBLEMS: Readonly<Record<ProblemCode, { status: number; title: string }>> = {
  bad_request: { status: 400, title: 'The request is not valid' },
  unauthorized: { status: 401, title: 'A valid token is needed' },
  forbidden: { status: 403, title: 'This host or origin may not do that' },
  refused: { status: 403, title: 'A rule does not allow it' },
  not_found: { status: 404, title: 'There is no such thing' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  conflict: { status: 409, title: 'The present state does not allow it' },
  payload_too_large: { status: 413, title: 'The request is too large' },
  too_large: { status: 413, title: 'It is too large' },
  uri_too_long: { status: 414, title: 'The address is too long' },
  unsupported_media_type: { status: 415, title: 'Only application/json is understood' },
  bundle_invalid: { status: 422, title: 'The bundle breaks a rule' },
  rejected: { status: 422, title: 'The bundle itself refused the update' },
  rate_limited: { status: 429, title: 'Too many calls' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  bad_config: { status: 500, title: 'The configuration is wrong' },
  internal: { status: 500, title: 'Something went wrong here' },
  build_failed: { status: 502, title: 'The image could not be built' },
  engine_refused: { status: 502, title: 'The container engine refused' },
  instance_died: { status: 502, title: 'The instance ended before it could be used' },
  api_unavailable: { status: 503, title: 'The orchestrator does not answer' },
  bus_unavailable: { status: 503, title: 'The bus is not connected' },
  engine_unavailable: { status: 503, title: 'The container engine does not answer' },
  not_ready: { status: 503, title: 'The agent is not ready' },
  cancelled: { status: 503, title: 'Nobody waited for it any more' },
  busy: { status: 503, title: 'Too much at once' },
  not_configured: { status: 503, title: 'A setting is missing' },
  unavailable: { status: 503, title: 'A service does not answer' },
  timeout: { status: 504, title: 'No answer came in time' },
};

export const problemDocument = z.object({
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.int(),
  code: z.string().describe('Stable; what a program should look at'),
  detail: z.string(),
  log: z.array(z.string()).optional().describe('The last lines of a log that explain it'),
});
export type ProblemDocument = z.infer<typeof problemDocument>;

export const PROBLEM_TYPE = 'application/problem+json';

export function problem(code: ProblemCode, detail: string, log: readonly string[] = []): ProblemDocument {
  const { status, title } = PROBLEMS[code];
  const document: ProblemDocument = { type: 'about:blank', title, status, code, detail: printable(detail) };
  return log.length === 0 ? document : { ...document, log: log.map(printable) };
}

/** What went wrong inside stays inside: the log has it whole, the client learns where to look. */
export function problemOf(error: HairemError): ProblemDocument {
  if (error.code === 'internal') return problem('internal', "The orchestrator's log says what happened");
  return problem(error.code, error.message, error.log);
}

/** The code for a status that the framework or Node chose. */
export function codeOfStatus(status: number): ProblemCode {
  const codes = Object.keys(PROBLEMS) as ProblemCode[];
  return codes.find((code) => PROBLEMS[code].status === status) ?? (status < 500 ? 'bad_request' : 'internal');
}

export function sendProblem(reply: FastifyReply, document: ProblemDocument): FastifyReply {
  return reply.code(document.status).type(PROBLEM_TYPE).send(document);
}
